//! The errors that calls end with, by their Linux names.

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $number:literal,)*) => {
        /// An error number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Errno {
            $($(#[$doc])* $name,)*
        }

        impl Errno {
            /// The name in errno(3).
            pub const fn name(self) -> &'static str {
                match self { $(Errno::$name => stringify!($name),)* }
            }

            /// The number on x86-64.
            pub const fn number(self) -> i64 {
                match self { $(Errno::$name => $number,)* }
            }

            /// By name.
            pub fn named(name: &str) -> Option<Errno> {
                match name { $(stringify!($name) => Some(Errno::$name),)* _ => None }
            }
        }
    };
}

errors! {
    /// No such file or directory: nothing of that kind.
    ENOENT = 2,
    /// Try again.
    EAGAIN = 11,
    /// Bad address.
    EFAULT = 14,
    /// Invalid argument.
    EINVAL = 22,
    /// Bad file descriptor.
    EBADF = 9,
    /// Broken pipe.
    EPIPE = 32,
    /// Protocol error.
    EPROTO = 71,
    /// Destination address required.
    EDESTADDRREQ = 89,
    /// Message too long.
    EMSGSIZE = 90,
    /// Protocol option not available.
    ENOPROTOOPT = 92,
    /// Operation not supported.
    EOPNOTSUPP = 95,
    /// Address already in use.
    EADDRINUSE = 98,
    /// Network unreachable.
    ENETUNREACH = 101,
    /// Software caused connection abort.
    ECONNABORTED = 103,
    /// Connection reset by peer.
    ECONNRESET = 104,
    /// Is connected.
    EISCONN = 106,
    /// Is not connected.
    ENOTCONN = 107,
    /// Connection timed out.
    ETIMEDOUT = 110,
    /// Connection refused.
    ECONNREFUSED = 111,
    /// No route to host.
    EHOSTUNREACH = 113,
    /// Already in progress.
    EALREADY = 114,
    /// In progress.
    EINPROGRESS = 115,
}
