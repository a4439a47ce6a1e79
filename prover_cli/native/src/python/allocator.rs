//! What the system's allocator (malloc of glibc) does with memory that is freed, `mallopt(3)` and `malloc_trim(3)`, and
//! that it is mapped in large pages, `madvise(2)`.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod heap {
    use std::ffi::{c_int, c_void};
    use std::sync::atomic::{AtomicUsize, Ordering};

    // From <malloc.h>.
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_MAX: c_int = -4;
    const ARENA_MAX: c_int = -8;

    // From <sys/mman.h>.
    const MADV_HUGEPAGE: c_int = 14;

    /// Bytes of a large page.
    const LARGE: usize = 2 << 20;

    /// Bytes of the heap that are to be in large pages.
    static RESERVED: AtomicUsize = AtomicUsize::new(0);

    unsafe extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
        fn malloc_trim(pad: usize) -> c_int;
        fn malloc(size: usize) -> *mut c_void;
        fn free(block: *mut c_void);
        fn madvise(start: *mut c_void, length: usize, advice: c_int) -> c_int;
    }

    pub fn keep(reserved: usize) {
        // No block has a mapping of its own, which ends when it is freed; the end of the heap is never given back; and
        // what one thread has freed another can take.
        for (parameter, value) in [(MMAP_MAX, 0), (TRIM_THRESHOLD, -1), (ARENA_MAX, 1)] {
            // SAFETY: this sets a number, at any time, and no contents of memory depend on it.
            unsafe { mallopt(parameter, value) };
        }
        RESERVED.store(reserved, Ordering::Relaxed);
        reserve();
    }

    /// Extends the heap, without using the memory yet, and asks for large pages there. Whether there are any does not
    /// matter.
    fn reserve() {
        let size = RESERVED.load(Ordering::Relaxed);
        if size < 2 * LARGE {
            return;
        }
        // SAFETY: the block is freed at once, and nothing is read or written. `madvise` is given whole pages inside of it
        // (`before` is less than one large page, and there are two), and this advice changes no contents.
        unsafe {
            let block = malloc(size);
            if !block.is_null() {
                let before = block.addr().next_multiple_of(LARGE) - block.addr();
                madvise(block.byte_add(before), (size - before) / LARGE * LARGE, MADV_HUGEPAGE);
            }
            free(block);
        }
    }

    pub fn give_back() {
        // SAFETY: only pages that are in no allocated block are given back.
        unsafe { malloc_trim(0) };
        reserve();
    }
}

/// Elsewhere the allocator does as it likes.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod heap {
    pub fn keep(_reserved: usize) {}

    pub fn give_back() {}
}

/// From now on, memory that is freed stays with the process, and the next so many bytes are mapped in large pages when they
/// are first used.
#[pyo3::pyfunction]
pub fn keep_memory(reserved: usize) {
    heap::keep(reserved);
}

/// Gives the memory back to the system that is free now.
#[pyo3::pyfunction]
pub fn give_back_memory(py: pyo3::Python<'_>) {
    py.detach(heap::give_back);
}
