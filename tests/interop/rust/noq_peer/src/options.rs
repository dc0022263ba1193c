// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line, and the QUIC settings made of it. Defaults are those of an iroh endpoint. [quic.md §1.2]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use noq::{AckFrequencyConfig, EndpointConfig, IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt};
use noq_proto::RandomConnectionIdGenerator;

use crate::Failure;
use crate::pattern::unhex;

pub const USAGE: &str = "usage: noq-peer serve|connect --alpn TEXT... [--id HEX64 --addr IP:PORT] [--secret-hex HEX64] \
[--bind IP:PORT] [--set NAME=NUMBER...]\nexample: noq-peer serve --alpn test/0 --set retry=1 --set bi_streams=3";

pub struct Options {
    pub role: String,
    pub alpns: Vec<String>,
    pub id: String,
    pub addr: String,
    pub seed: [u8; 32],
    pub bind: SocketAddr,
    pub settings: Settings,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let mut options = Self {
            role: arguments.next().ok_or("no role")?,
            alpns: Vec::new(),
            id: String::new(),
            addr: String::new(),
            seed: ring::rand::generate(&ring::rand::SystemRandom::new()).map_err(|_| "no randomness")?.expose(),
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            settings: Settings::default(),
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or("an option without a value")?;
            match name.as_str() {
                "--alpn" => options.alpns.push(value),
                "--id" => options.id = value,
                "--addr" => options.addr = value,
                "--secret-hex" => {
                    options.seed = unhex(&value).and_then(|bytes| bytes.try_into().ok()).ok_or("bad key")?
                }
                "--bind" => options.bind = value.parse()?,
                "--set" => options.settings.set(&value)?,
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        let is_complete = match options.role.as_str() {
            "serve" => true,
            "connect" => !options.id.is_empty() && !options.addr.is_empty(),
            _ => false,
        };
        if options.alpns.is_empty() || !is_complete { Err("incomplete".into()) } else { Ok(options) }
    }
}

pub struct Settings {
    /// The server answers first Initials with Retry.
    pub retry: bool,
    pub early_data: bool,
    /// NEW_TOKEN frames per connection.
    pub tokens: u32,
    transport: TransportConfig,
    ack_frequency: Option<AckFrequencyConfig>,
    cid_length: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        let mut transport = TransportConfig::default();
        transport
            .keep_alive_interval(Some(Duration::from_secs(5)))
            .default_path_keep_alive_interval(Some(Duration::from_secs(5)))
            .default_path_max_idle_timeout(Some(Duration::from_secs(15)))
            .max_concurrent_multipath_paths(8)
            .max_remote_nat_traversal_addresses(32)
            .server_handshake_migration(true);
        Self { retry: false, early_data: true, tokens: 2, transport, ack_frequency: None, cid_length: None }
    }
}

impl Settings {
    /// NAME=NUMBER; times are in milliseconds, 0 and 1 are off and on.
    fn set(&mut self, text: &str) -> Result<(), Failure> {
        let (name, value) = text.split_once('=').ok_or("--set takes NAME=NUMBER")?;
        let number: u64 = value.parse()?;
        let varint = VarInt::from_u64(number)?;
        let is_on = number != 0;
        let time = is_on.then(|| Duration::from_millis(number));
        let transport = &mut self.transport;
        let ack_frequency = || AckFrequencyConfig::default();
        match name {
            "retry" => self.retry = is_on,
            "early_data" => self.early_data = is_on,
            "tokens" => self.tokens = number as u32,
            "cid_length" => self.cid_length = Some(number as usize),
            "ack_threshold" => {
                self.ack_frequency.get_or_insert_with(ack_frequency).ack_eliciting_threshold(varint);
            }
            "ack_delay" => {
                self.ack_frequency.get_or_insert_with(ack_frequency).max_ack_delay(time);
            }
            _ => drop(match name {
                "idle" => transport.max_idle_timeout(time.map(IdleTimeout::try_from).transpose()?),
                "keep_alive" => transport.keep_alive_interval(time),
                "path_idle" => transport.default_path_max_idle_timeout(time),
                "path_keep_alive" => transport.default_path_keep_alive_interval(time),
                "bi_streams" => transport.max_concurrent_bidi_streams(varint),
                "uni_streams" => transport.max_concurrent_uni_streams(varint),
                "stream_window" => transport.stream_receive_window(varint),
                "window" => transport.receive_window(varint),
                "paths" => transport.max_concurrent_multipath_paths(number as u32),
                "nat_addresses" => transport.max_remote_nat_traversal_addresses(number as u8),
                "send_observed" => transport.send_observed_address_reports(is_on),
                "receive_observed" => transport.receive_observed_address_reports(is_on),
                "datagram_buffer" => transport.datagram_receive_buffer_size(is_on.then_some(number as usize)),
                "gso" => transport.enable_segmentation_offload(is_on),
                "mtu_discovery" => transport.mtu_discovery_config(is_on.then(MtuDiscoveryConfig::default)),
                _ => return Err(format!("unknown setting {name}").into()),
            }),
        }
        Ok(())
    }

    pub fn endpoint(&self) -> EndpointConfig {
        let mut config = EndpointConfig::default();
        config.grease_quic_bit(false); // as iroh
        if let Some(length) = self.cid_length {
            config.cid_generator(Arc::new(move || Box::new(RandomConnectionIdGenerator::new(length))));
        }
        config
    }

    pub fn transport(&mut self) -> Arc<TransportConfig> {
        self.transport.ack_frequency_config(self.ack_frequency.clone());
        Arc::new(std::mem::take(&mut self.transport))
    }
}
