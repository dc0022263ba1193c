// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line.

use std::net::SocketAddr;

use iroh::SecretKey;

use crate::Failure;

pub const USAGE: &str =
    "usage: blobs-peer [--store memory|FOLDER] [--bind IP:PORT] [--secret-hex HEX64] [--allow-push]";

pub struct Options {
    pub store: String,
    pub bind: SocketAddr,
    pub secret_key: Option<SecretKey>,
    pub allow_push: bool,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options =
            Self { store: "memory".into(), bind: "127.0.0.1:0".parse()?, secret_key: None, allow_push: false };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--store" => options.store = value()?,
                "--bind" => options.bind = value()?.parse()?,
                "--secret-hex" => options.secret_key = Some(value()?.parse()?),
                "--allow-push" => options.allow_push = true,
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        Ok(options)
    }
}
