#!/bin/sh
# Makes samples/voice-prompts, samples/brain-slabs and samples/brain-regions from Debian's packages, byte for byte as they are committed.
#   samples/make.sh                  the three samples, beside this script
#   samples/make.sh --full FOLDER    all prompts and all of Debian's Fashion-MNIST, slabs at full resolution, and ten times the windows, in FOLDER
# Packages that are not installed are fetched with apt-get download and unpacked into a temporary folder; nothing is installed, root is not needed.
# Needed: python3 with numpy 1.24 and nibabel 5 (Debian: python3-numpy, python3-nibabel; another interpreter: PYTHON=…).
set -eu

languages="en es fr it ru"
python=${PYTHON:-/usr/bin/python3}
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
full=
target=$here
if [ "${1-}" = --full ]; then
    full=--full
    target=${2:?"usage: $0 [--full FOLDER]"}
    mkdir -p "$target"
elif [ $# -gt 0 ]; then
    echo "usage: $0 [--full FOLDER]" >&2
    exit 2
fi

unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT INT TERM

# Prints the root below which a package's files lie: / where it is installed.
root_of() {
    if dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; then
        echo /
        return
    fi
    if [ ! -d "$unpacked/$1" ]; then
        (cd "$unpacked" && apt-get download -qq "$1" >&2 && dpkg -x "$1"_*.deb "$1")
    fi
    echo "$unpacked/$1"
}

sounds=$unpacked/sounds
mkdir "$sounds"
for language in $languages; do
    for folder in "$(root_of "asterisk-core-sounds-$language-wav")/usr/share/asterisk/sounds/${language}"_*; do
        # The wav packages hold the voice in a folder named language_COUNTRY_sex_speaker.
        ln -s "$folder" "$sounds/$language"
    done
done
"$python" "$here/make-prompts.py" $full "$sounds" "$target/voice-prompts"

templates=$(root_of mricron-data)/usr/share/mricron/templates
"$python" "$here/make-slabs.py" $full "$templates" "$target/brain-slabs"
"$python" "$here/make-regions.py" $full "$templates" "$target/brain-regions"

if [ -n "$full" ]; then
    mkdir -p "$target/fashion-mnist"
    find "$(root_of dataset-fashion-mnist)/usr/share" -name '*-ubyte.gz' -exec cp {} "$target/fashion-mnist/" \;
fi
