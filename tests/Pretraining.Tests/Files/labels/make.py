#!/usr/bin/python3
"""Writes the tables of this folder with Python's csv and json modules (Debian 12: python3)."""
import csv
import json
import pathlib

here = pathlib.Path(__file__).parent


def table(name, rows, encoding="utf-8", **dialect):
    with open(here / name, "w", newline="", encoding=encoding) as file:
        csv.writer(file, **dialect).writerows(rows)


# As ESC-50's meta/esc50.csv.
table(
    "esc50.csv",
    [
        ["filename", "fold", "target", "category", "esc10", "src_file", "take"],
        ["1-100032-A-0.wav", 1, 0, "dog", "True", 100032, "A"],
        ["1-100038-A-14.wav", 1, 14, "chirping_birds", "False", 100038, "A"],
        ["2-100786-A-1.wav", 2, 1, "rooster", "True", 100786, "A"],
    ],
)
table("numbers.csv", [["image", "label", "patient"], ["a/1.png", 10, "p1"], ["a/2.png", 2, "p1"], ["b/3.png", 0, "p2"]], lineterminator="\n")
table("several.csv", [["path", "labels"], ["1.wav", "speech;music"], ["2.wav", "music"], ["3.wav", "dog|speech|dog"]])
table("one-hot.csv", [["path", "label:edema", "label:mass", "split"], ["1.png", 1, 0, "train"], ["2.png", 1, 1, "train"], ["3.png", 0, 0, "valid"]])
table("quotes.csv", [["path", "label"], ['a, "b".png', "Röhre, groß"], ["two\nlines.png", "x"], ["last.png", "Röhre, groß"]], "utf-8-sig")
table("tabs.tsv", [["file", "class"], ["1.png", "a,b"], ["2.png", "c"]], delimiter="\t")

with open(here / "lines.jsonl", "w") as file:
    for row in (
        {"path": "1.wav", "labels": ["speech", "music"], "speaker": 7},
        {"path": "2.wav", "labels": [], "speaker": 7},
        {"path": "ü/3.wav", "labels": ["music"], "speaker": 8, "split": "test"},
    ):
        file.write(json.dumps(row) + "\n")
