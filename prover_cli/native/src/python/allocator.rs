//! What the system's allocator (malloc of glibc) does with memory that is freed: `mallopt(3)` and `malloc_trim(3)`.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    // From <malloc.h>.
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_MAX: c_int = -4;
    const ARENA_MAX: c_int = -8;

    unsafe extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
        fn malloc_trim(pad: usize) -> c_int;
    }

    pub fn keep() {
        // No block has a mapping of its own, which ends when it is freed; the end of the heap is never given back; and
        // what one thread has freed another can take.
        for (parameter, value) in [(MMAP_MAX, 0), (TRIM_THRESHOLD, -1), (ARENA_MAX, 1)] {
            // SAFETY: this sets a number, at any time, and no contents of memory depend on it.
            unsafe { mallopt(parameter, value) };
        }
    }

    pub fn give_back() {
        // SAFETY: only pages that are in no allocated block are given back.
        unsafe { malloc_trim(0) };
    }
}

/// From now on, memory that is freed stays with the process.
#[pyo3::pyfunction]
pub fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::keep();
}

/// Gives the memory back to the system that is free now.
#[pyo3::pyfunction]
pub fn give_back_memory(py: pyo3::Python<'_>) {
    py.detach(|| {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        glibc::give_back();
    });
}
