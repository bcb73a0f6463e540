#!/usr/bin/python3
"""Copies voice prompts that every speaker has recorded, unchanged, to <speaker>/<word>.wav and writes prompts.csv.

usage: make-prompts.py [--full] SOUNDS TARGET
SOUNDS holds a folder en, es, fr, it, ru of each Debian package asterisk-core-sounds-<language>-wav.
Without --full: the prompts of digits/ (numbers, days, months, and words round them). With it: digits/, letters/, phonetic/ and all others.
"""
import csv
import pathlib
import shutil
import sys
import wave

SPEAKERS = {"en": "en-allison", "es": "es-allison", "fr": "fr-june", "it": "it-carlo", "ru": "ru-ivrvoice"}
# Tones and noises, not speech.
NO_SPEECH = ("silence/", "beep", "ascending", "descending", "confbridge-join.", "confbridge-leave.", "tt-monkeys.")


def speech(folder, full):
    for path in sorted(folder.glob("**/*.wav")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(NO_SPEECH) or not (full or name.startswith("digits/")):
            continue
        with wave.open(str(path)) as clip:
            if clip.getparams()[:3] != (1, 2, 8000):
                raise SystemExit(f"{path}: expected mono, 16 bits, 8 kHz")
            if clip.getnframes() > 0:
                yield name


def main():
    full = "--full" in sys.argv
    sounds, target = (pathlib.Path(argument) for argument in [a for a in sys.argv[1:] if a != "--full"])
    words = sorted(set.intersection(*(set(speech(sounds / language, full)) for language in SPEAKERS)))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    seconds = 0
    with open(target / "prompts.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("path", "speaker", "word"))
        for language, speaker in SPEAKERS.items():
            (target / speaker).mkdir()
            for word in words:
                # Two folders may have a prompt of one name.
                flat = word.removeprefix("digits/").replace("/", "-")
                if (target / speaker / flat).exists():
                    raise SystemExit(f"{speaker}: two prompts would be named {flat}")
                shutil.copyfile(sounds / language / word, target / speaker / flat)
                table.writerow((f"{speaker}/{flat}", speaker, flat.removesuffix(".wav")))
                with wave.open(str(target / speaker / flat)) as clip:
                    seconds += clip.getnframes() / clip.getframerate()
    print(f"{target}: {len(words)} prompts × {len(SPEAKERS)} speakers, {seconds:.0f} s")


main()
