// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line, the same as that of `iroh bench`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use iroh::{
    Endpoint, EndpointAddr, RelayMode,
    endpoint::{QuicTransportConfig, presets},
};
use rustls::{CipherSuite, crypto::CryptoProvider};

use crate::protocol::{ALPN, DATAGRAM_BUFFER, Outcome};

pub const HELP: &str = "usage: transport-reference server [--bind IP:PORT] [--cipher NAME] [--no-gso]
       transport-reference client TEST --id HEX --addr IP:PORT [options]
       transport-reference client endpoints [--count N]
TEST: throughput [--size BYTES] [--direction up|down] [--streams N]
      latency [--rounds N] [--size BYTES]
      datagrams [--count N] [--size BYTES]
      handshakes [--count N] [--concurrency N] [--fresh-endpoints]
      memory [--count N] [--settle SECONDS]
options: [--bind IP:PORT] [--cipher aes-128-gcm|aes-256-gcm] [--no-gso] [--json]
example: transport-reference server --bind 127.0.0.1:4433";

const FLAGS: [&str; 3] = ["--no-gso", "--json", "--fresh-endpoints"];

#[derive(Clone)]
pub struct Options {
    words: Vec<String>,
    values: HashMap<String, String>,
}

impl Options {
    pub fn parse(arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let (mut words, mut values) = (Vec::new(), HashMap::new());
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            if FLAGS.contains(&argument.as_str()) {
                values.insert(argument, String::new());
            } else if argument.starts_with("--") {
                let value = arguments.next().ok_or(HELP)?;
                values.insert(argument, value);
            } else {
                words.push(argument);
            }
        }
        Ok(Self { words, values })
    }

    pub fn word(&self, index: usize) -> Outcome<&str> {
        self.words.get(index).map(String::as_str).ok_or_else(|| HELP.into())
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.values.get(name).map_or(default, String::as_str)
    }

    pub fn number(&self, name: &str, default: u64) -> Outcome<u64> {
        self.values.get(name).map_or(Ok(default), |text| text.parse().map_err(|_| HELP.into()))
    }

    pub fn settle(&self) -> Outcome<Duration> {
        Ok(Duration::from_secs_f64(self.text("--settle", "5").parse()?))
    }

    pub fn remote(&self) -> Outcome<EndpointAddr> {
        let required = |name: &str| self.values.get(name).ok_or(HELP);
        Ok(EndpointAddr::new(required("--id")?.parse()?).with_ip_addr(required("--addr")?.parse()?))
    }

    /// An endpoint on loopback that knows neither relays nor lookups.
    pub async fn bind(&self) -> Outcome<Endpoint> {
        let transport = QuicTransportConfig::builder()
            .enable_segmentation_offload(!self.has("--no-gso"))
            .datagram_send_buffer_size(DATAGRAM_BUFFER)
            .build();
        let endpoint = Endpoint::builder(presets::Minimal)
            .crypto_provider(Arc::new(self.crypto_provider()?))
            .transport_config(transport)
            .relay_mode(RelayMode::Disabled)
            .alpns(vec![ALPN.to_vec()])
            .clear_ip_transports()
            .bind_addr(self.text("--bind", "127.0.0.1:0"))?
            .bind()
            .await?;
        Ok(endpoint)
    }

    /// AES-128-GCM stays for the Initial packets; of a list with both, the server takes what the client prefers.
    fn crypto_provider(&self) -> Outcome<CryptoProvider> {
        let mut provider = rustls::crypto::ring::default_provider();
        let aes_128 = CipherSuite::TLS13_AES_128_GCM_SHA256;
        match self.text("--cipher", "default") {
            "aes-128-gcm" => provider.cipher_suites.retain(|suite| suite.suite() == aes_128),
            "default" | "aes-256-gcm" => {}
            _ => return Err(HELP.into()),
        }
        Ok(provider)
    }
}
