namespace Orchestrator.Collectives.Devices.Cuda;

/// <summary>
/// The addition on the device, in PTX: each thread adds the elements index, index + threads, … of all threads. <c>add.rn.f32</c> without <c>.ftz</c> rounds
/// to nearest even and keeps subnormal numbers, so sums have the bits that IEEE addition gives on a host. (A NaN comes out as the one that the device
/// makes, whatever it was; a step whose sums are not finite is refused anyway.) For Volta and later; the driver translates it.
/// </summary>
internal static class AddKernel
{
    /// <summary>Threads of a block.</summary>
    public const uint Threads = 256;

    /// <summary>Most blocks of a launch: more elements are gone through in strides.</summary>
    public const uint MostBlocks = 4096;

    /// <summary>The kernel's name. Arguments: left, right, into, count, each of 8 bytes.</summary>
    public static ReadOnlySpan<byte> Name => "add_f32\0"u8;

    /// <summary>Zero-terminated, as the driver wants it.</summary>
    public static ReadOnlySpan<byte> Source =>
        """
            .version 7.0
            .target sm_70
            .address_size 64

            .visible .entry add_f32(
                .param .u64 left,
                .param .u64 right,
                .param .u64 into,
                .param .u64 count
            )
            {
                .reg .pred %done;
                .reg .b32 %block, %size, %thread, %blocks;
                .reg .b64 %l, %r, %o, %n, %index, %stride, %lane, %offset, %at;
                .reg .f32 %a, %b, %sum;

                ld.param.u64 %l, [left];
                ld.param.u64 %r, [right];
                ld.param.u64 %o, [into];
                ld.param.u64 %n, [count];
                cvta.to.global.u64 %l, %l;
                cvta.to.global.u64 %r, %r;
                cvta.to.global.u64 %o, %o;
                mov.u32 %block, %ctaid.x;
                mov.u32 %size, %ntid.x;
                mov.u32 %thread, %tid.x;
                mov.u32 %blocks, %nctaid.x;
                mul.wide.u32 %index, %block, %size;
                cvt.u64.u32 %lane, %thread;
                add.u64 %index, %index, %lane;
                mul.wide.u32 %stride, %blocks, %size;
            NEXT:
                setp.ge.u64 %done, %index, %n;
                @%done bra END;
                shl.b64 %offset, %index, 2;
                add.u64 %at, %l, %offset;
                ld.global.f32 %a, [%at];
                add.u64 %at, %r, %offset;
                ld.global.f32 %b, [%at];
                add.rn.f32 %sum, %a, %b;
                add.u64 %at, %o, %offset;
                st.global.f32 [%at], %sum;
                add.u64 %index, %index, %stride;
                bra NEXT;
            END:
                ret;
            }

            """u8
        + "\0"u8;
}
