#!/usr/bin/env bash
# Makes the tar files beside it, from ../images and ../audio, with GNU tar and Python's tarfile.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

add() { cp "../images/$1" "$work/$2.${1##*.}"; printf '%s' "$3" >"$work/$2.cls"; }
add color.png 000000 3
add gray.jpg 000001 0
add color.webp 000002 11
add gray16.png 000003 3
echo '{"caption": "not a sample"}' >"$work/000000.json"
shard() { tar --format=gnu --owner=0 --group=0 --mtime=@0 --sort=name -C "$work" -cf "$@"; }
shard gnu-00.tar ./000000.cls ./000000.json ./000000.png ./000001.cls ./000001.jpg
shard gnu-01.tar 000002.cls 000002.webp 000003.cls 000003.png
shard no-classes.tar 000002.webp 000003.png
shard part-of-classes.tar 000002.cls 000002.webp 000003.png
shard only-text.tar 000000.json
cp "$work/000000.png" "$work/000001.png"
shard two-of-one-key.tar 000001.jpg 000001.png
cp ../audio/s16.wav "$work/000000.wav"
cp ../audio/s24.flac "$work/000001.flac"
shard sounds.tar 000000.cls 000000.wav 000001.cls 000001.flac
gzip -nc gnu-00.tar >compressed.tar
head -c 2600 gnu-01.tar >cut.tar

# Names of more than 100 characters, and words as classes.
python3 - "$work" <<'PY'
import io, sys, tarfile
work = sys.argv[1]
with tarfile.open("pax.tar", "w", format=tarfile.PAX_FORMAT) as shard:
    for name, word, source in [("dogs", "hound", "000000.png"), ("cats", "tabby", "000001.jpg")]:
        key = f"{name}/{'a-long-folder-name/' * 8}ö-1"
        for end, data in [("cls", word.encode()), (source.split(".")[1], open(f"{work}/{source}", "rb").read())]:
            info = tarfile.TarInfo(f"{key}.{end}")
            info.size = len(data)
            shard.addfile(info, io.BytesIO(data))
PY
