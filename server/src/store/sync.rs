//! Makes sled's flush reach the disk on Linux, and counts that it did.
//!
//! sled 0.34 flushes with `sync_file_range`, which writes pages out but neither syncs the file's size nor empties the
//! disk's own cache: a power cut loses acknowledged writes. This file gives the program its own `sync_file_range`,
//! which calls `fdatasync`. Elsewhere sled syncs by itself.

use std::sync::atomic::{AtomicU64, Ordering};

static SYNCS: AtomicU64 = AtomicU64::new(0);

/// How many of sled's flushes have reached the disk in this process.
pub(super) fn count() -> u64 {
    // A used address keeps the linker from taking the C library's function instead of ours.
    #[cfg(target_os = "linux")]
    std::hint::black_box(sync_file_range as *const ());
    SYNCS.load(Ordering::Acquire)
}

/// Whether a flush between the two counts reached the disk.
pub(super) fn proven(before: u64, after: u64) -> bool {
    !cfg!(target_os = "linux") || after > before
}

/// Stands in for the C library's function of this name, in the whole program: writes the file's data and size to disk.
///
/// # Safety
///
/// As for any C function that takes a file descriptor: `fd` should be one that the caller has open.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sync_file_range(
    fd: libc::c_int,
    _offset: libc::off64_t,
    _length: libc::off64_t,
    _flags: libc::c_uint,
) -> libc::c_int {
    // SAFETY: `fdatasync` touches no memory of ours, and for a descriptor that is not open it returns an error. It
    // does all that `sync_file_range` promises and more, with the same way of reporting errors, so that callers
    // compiled against the C library's declaration stay correct.
    let result = unsafe { libc::fdatasync(fd) };
    if result == 0 {
        SYNCS.fetch_add(1, Ordering::AcqRel);
    }
    result
}
