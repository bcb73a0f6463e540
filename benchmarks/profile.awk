# Groups lines of `perf report` (overhead, thread, object, symbol) by kind of work; threads of the runtime and the main thread, which starts it all, are left out.
$2 == "dotnet" || /^ *[0-9.]+% +\.NET / { next }
{
  share = $1 + 0
  kind = "other"
  if (/mkl_|gemm|dnnl|brgemm/) kind = "matrix products"
  else if (/flash_attention/) kind = "attention but for its products"
  else if (/LayerNorm|RowwiseMoments/) kind = "layer norm"
  else if (/VectorizedLoop|Sleef|cascade_sum|TensorIterator|softmax|_kernel\(|direct_copy|callback_fn/) kind = "elementwise, copies and sums of torch"
  else if (/libc\.so/ && /malloc|free|unlink_chunk|memset|memalign/) kind = "malloc, free, memset"
  else if (/\[k\]/) kind = "kernel: page faults, waiting"
  else if (/libtorch|libc10|LibTorchSharp|ld-linux|libstdc|pthread/) kind = "dispatch, autograd and the calls to torch"
  else if (/Orchestrator\.Pretraining\.(Objectives|Methods)/) kind = "losses by hand"
  else if (/Orchestrator\.Pretraining\.(Optimization|Training\.Commit)/) kind = "optimizer"
  else if (/Orchestrator\.Pretraining\.(Views|Data|Corruption)|Randomness/) kind = "views"
  else if (/TensorPrimitives/) kind = "sums of gradients and losses (TensorPrimitives)"
  else if (/TorchSharp|libcoreclr|doublemapper|perf-|JIT|\.dll/) kind = "other managed code and the runtime, calls to torch among it"
  total += share
  sum[kind] += share
}
END {
  for (kind in sum) printf "%5.1f %%  %s\n", 100 * sum[kind] / total, kind | "sort -rn"
}
