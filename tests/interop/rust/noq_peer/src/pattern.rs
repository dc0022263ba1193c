// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pattern bytes (byte i is i mod 251), their hash, and hexadecimal text.

use bytes::Bytes;
use ring::digest::{Context, SHA256};

/// A multiple of the period, so that every block of a stream is the same.
pub const BLOCK: usize = 251 * 256;

pub fn block() -> Bytes {
    (0..BLOCK).map(|i| (i % 251) as u8).collect()
}

/// The first `size` pattern bytes in blocks.
pub fn blocks(size: u64) -> impl Iterator<Item = Bytes> {
    let block = block();
    (0..size).step_by(BLOCK).map(move |offset| block.slice(..BLOCK.min((size - offset) as usize)))
}

pub fn sha256_of_pattern(size: u64) -> String {
    let mut hash = Context::new(&SHA256);
    blocks(size).for_each(|part| hash.update(&part));
    hex(hash.finish().as_ref())
}

/// Count and hash of what passes by.
pub struct Counter {
    pub count: u64,
    hash: Context,
}

impl Counter {
    pub fn new() -> Self {
        Self { count: 0, hash: Context::new(&SHA256) }
    }
    pub fn add(&mut self, bytes: &[u8]) {
        self.count += bytes.len() as u64;
        self.hash.update(bytes);
    }
    pub fn sha256(&self) -> Vec<u8> {
        self.hash.clone().finish().as_ref().to_vec()
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(text.get(i..i + 2)?, 16).ok()).collect()
}
