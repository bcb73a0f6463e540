"""torchaudio's Kaldi filter bank on one core: the peer of `fbank` in AudioBenchmark.cs. Prints one line of JSON.

ATEN_CPU_CAPABILITY=avx2 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python3 fbank.py [rate [seconds of a clip]]

With OpenBLAS (Debian: libopenblas0-pthread) and AVX2: on the reference BLAS, or where torch cannot read /proc/cpuinfo and falls back to no
vectors, it is five to ten times slower, and the comparison says nothing. Factors are by processor time, as ours are (Timing.cs).
"""

import json
import sys
import time

import torch
from torchaudio.compliance.kaldi import fbank

torch.set_num_threads(1)
rate = int(sys.argv[1]) if len(sys.argv) > 1 else 32000
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 6.0
samples = int(rate * seconds)
wave = (torch.rand(1, samples, generator=torch.Generator().manual_seed(1)) - 0.5) * 0.5


def once():
    return fbank(
        wave - wave.mean(),
        htk_compat=True,
        sample_frequency=rate,
        use_energy=False,
        window_type="hanning",
        num_mel_bins=128,
        dither=0.0,
        frame_shift=10,
    )


for _ in range(5):
    once()

factors = []
for _ in range(7):
    start = time.process_time()
    calls = 0
    while time.process_time() - start < 0.5:
        once()
        calls += 1
    factors.append(seconds * calls / (time.process_time() - start))

factors.sort()
print(
    json.dumps(
        {
            "benchmark": "fbank",
            "implementation": "torchaudio",
            "sampleRate": rate,
            "clipSeconds": seconds,
            "realTimeFactor": round(factors[len(factors) // 2], 1),
            "lowest": round(factors[0], 1),
            "highest": round(factors[-1], 1),
        }
    )
)
