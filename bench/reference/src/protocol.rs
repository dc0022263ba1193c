// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench protocol: what the two sides say to each other. Described in docs/benchmarking.md.

use std::error::Error;

pub const ALPN: &[u8] = b"iroh-cpp/bench/1";
pub const CLOSE_DONE: u32 = 0;

/// The first byte of a request stream.
pub const UPLOAD: u8 = b'U';
pub const DOWNLOAD: u8 = b'D';
pub const ECHO: u8 = b'E';
pub const DATAGRAMS: u8 = b'G';
pub const USAGE: u8 = b'S';

pub const BLOCK_SIZE: usize = 256 * 1024;
pub const DATAGRAM_BATCH: usize = 64;
/// Bytes of datagrams that wait to be sent; the default of both implementations.
pub const DATAGRAM_BUFFER: usize = 1 << 20;

pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What a process has used so far: microseconds of CPU, bytes of resident memory.
#[derive(Clone, Copy)]
pub struct Usage {
    pub user: u64,
    pub system: u64,
    pub rss: u64,
}

impl Usage {
    pub const SIZE: usize = 24;

    pub fn of_this_process() -> Self {
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
        let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
        Self { user: micros(usage.ru_utime), system: micros(usage.ru_stime), rss: resident_bytes() }
    }

    pub fn encode(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        for (place, value) in bytes.chunks_mut(8).zip([self.user, self.system, self.rss]) {
            place.copy_from_slice(&value.to_be_bytes());
        }
        bytes
    }

    pub fn decode(bytes: &[u8; Self::SIZE]) -> Self {
        Self { user: read_u64(bytes, 0), system: read_u64(bytes, 8), rss: read_u64(bytes, 16) }
    }

    /// CPU time since an earlier moment; memory as it is now.
    pub fn since(self, earlier: Self) -> Self {
        Self { user: self.user - earlier.user, system: self.system - earlier.system, rss: self.rss }
    }

    pub fn json(self) -> String {
        let (user, system) = (self.user as f64 * 1e-6, self.system as f64 * 1e-6);
        format!(r#"{{"user":{user:.6},"system":{system:.6},"rss":{}}}"#, self.rss)
    }
}

pub fn read_u64(bytes: &[u8], offset: usize) -> u64 {
    u64::from_be_bytes(bytes[offset..offset + 8].try_into().expect("eight bytes"))
}

fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}
