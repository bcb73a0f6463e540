#!/bin/sh
# Makes the sound files of the format and resampling tests: sox 14.4.2, ffmpeg 5.1 and flac 1.4.2, all of Debian 12.
# NAME.f32 beside a file: the file as ffmpeg decodes it, float32, little-endian, channels interleaved.
set -eu
cd "$(dirname "$0")"
rm -f -- *.wav *.flac *.ogg *.f32

# A chirp left, a sine with pink noise right; -R: the same noise every time, -D: no dither.
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT
sox -R -D -n -r 16000 -b 32 -e floating-point "$source/left.wav" synth 0.05 sine 100+7000 gain -3
sox -R -D -n -r 16000 -b 32 -e floating-point "$source/sine.wav" synth 0.05 sine 440 gain -9
sox -R -D -n -r 16000 -b 32 -e floating-point "$source/noise.wav" synth 0.05 pinknoise gain -12
sox -R -D -m "$source/sine.wav" "$source/noise.wav" -b 32 -e floating-point "$source/right.wav"
sox -R -D -M "$source/left.wav" "$source/right.wav" -b 32 -e floating-point "$source/stereo.wav"

sox -D "$source/stereo.wav" -b 8 -e unsigned-integer u8.wav
sox -D "$source/stereo.wav" -b 16 -e signed-integer s16.wav
sox -D "$source/stereo.wav" -b 24 -e signed-integer s24.wav
sox -D "$source/stereo.wav" -b 32 -e signed-integer s32.wav
sox -D "$source/stereo.wav" -b 32 -e floating-point f32.wav
sox -D "$source/stereo.wav" -b 64 -e floating-point f64.wav
ff() { ffmpeg -nostdin -loglevel error -y "$@"; }
# More than two channels: an extensible header. A pipe: a claim of 2^32 - 1 bytes.
ff -i s16.wav -filter_complex "[0:a]pan=5.1|c0=c0|c1=c1|c2=0.5*c0|c3=0.5*c1|c4=0.25*c0|c5=0.25*c1[a]" -map "[a]" -c:a pcm_s16le -t 0.02 six.wav
ff -i s16.wav -f wav - | cat > piped-ffmpeg.wav
sox -D s16.wav -t wav - | cat > piped-sox.wav

flac --silent --no-padding --best --force s16.wav -o s16.flac
flac --silent --no-padding --fast --force s24.wav -o s24.flac
flac --silent --no-padding --best --blocksize=192 --force -l 0 u8.wav -o u8.flac
ff -i s32.wav -c:a flac -sample_fmt s32 -compression_level 12 ffmpeg24.flac
sox -D s16.wav -t raw -e signed-integer -b 16 - |
    flac --silent --no-padding --best --force-raw-format --endian=little --sign=signed --channels=2 --bps=16 --sample-rate=16000 -c - | cat > piped.flac
# Low bits that are always zero, a constant, and white noise that no predictor helps.
sox -R -D -n -r 8000 -b 8 -e unsigned-integer -c 1 "$source/white.wav" synth 0.05 whitenoise
sox -D "$source/white.wav" -b 16 -e signed-integer "$source/wide.wav" pad 0 0.1
flac --silent --no-padding --best --force "$source/wide.wav" -o wasted.flac

sox -R -D -n -r 22050 -c 2 "$source/long.wav" synth 0.2 sine 300 sine 500 tremolo 5
sox -D "$source/long.wav" -C 3 sox.ogg
ff -i "$source/long.wav" -ac 1 -c:a libvorbis -q:a 2 ffmpeg.ogg

metaflac --dont-use-padding --remove --block-type=PADDING ffmpeg24.flac

for file in *.wav *.flac *.ogg; do
    ff -i "$file" -f f32le "$file.f32"
done

# Chirps up to 0.85 of the lower Nyquist frequency and the same through sox's best resampler.
resampled() {
    sox -R -D -n -r "$1" -b 24 -c 1 "from-$1-to-$2.flac" synth 0.15 sine "100+$3" gain -3 fade q 0.02 0.15 0.02
    sox -D "from-$1-to-$2.flac" -b 24 "to-$2-from-$1.flac" rate -v "$2"
    metaflac --dont-use-padding --remove --block-type=PADDING "from-$1-to-$2.flac" "to-$2-from-$1.flac"
}
resampled 44100 32000 13600
resampled 22050 32000 9370
resampled 48000 16000 6800
resampled 11025 16000 4685
