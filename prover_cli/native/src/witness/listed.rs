//! Enumerations that have a list of their variants: files number them by their place in it.

/// Declares an enumeration without fields, and the list `ALL` of its variants.
macro_rules! listed {
    ($(#[$attribute:meta])* pub enum $name:ident { $($variant:ident),* $(,)? }) => {
        $(#[$attribute])*
        pub enum $name {
            $($variant),*
        }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),*];
        }
    };
}

pub(super) use listed;
