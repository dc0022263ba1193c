// SPDX-License-Identifier: MIT OR Apache-2.0
//! A peer on the crate iroh-blobs that speaks the protocol of ../README.md: it provides what is in its store, and asks
//! other providers, as the operations say. No relays, no address lookup.

mod content;
mod options;
mod remote;
mod request;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use iroh::endpoint::{Connection, presets};
use iroh::protocol::Router;
use iroh::{Endpoint, RelayMode};
use iroh_blobs::BlobsProtocol;
use iroh_blobs::api::{Store, TempTag};
use iroh_blobs::provider::events::{EventMask, EventSender, RequestMode};
use iroh_blobs::store::{fs::FsStore, mem::MemStore};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use options::{Options, USAGE};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
pub type Members = Map<String, Value>;

/// One line of stdout.
pub fn emit(value: Value) {
    println!("{value}");
}

pub fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

pub struct Peer {
    pub endpoint: Endpoint,
    pub store: Store,
    /// By the number that the operations call them by; 0 unless they say otherwise.
    pub connections: Mutex<HashMap<u64, Connection>>,
    /// What was added stays.
    pub kept: Mutex<Vec<TempTag>>,
}

impl Peer {
    pub fn connection(&self, request: &Value) -> Result<Connection, Failure> {
        let number = request["connection"].as_u64().unwrap_or(0);
        self.connections.lock().unwrap().get(&number).cloned().ok_or_else(|| "not connected".into())
    }

    async fn operation(&self, request: &Value) -> Result<Members, Failure> {
        if let Some(result) = content::operation(self, request).await? {
            return Ok(result);
        }
        match remote::operation(self, request).await? {
            Some(result) => Ok(result),
            None => Err(format!("unknown operation {}", request["op"]).into()),
        }
    }
}

async fn open_store(name: &str) -> Result<Store, Failure> {
    Ok(match name {
        "memory" => MemStore::new().into(),
        folder => FsStore::load(folder).await?.into(),
    })
}

async fn start(options: &Options) -> Result<(Peer, Router), Failure> {
    let store = open_store(&options.store).await?;
    let mut builder = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .clear_ip_transports()
        .bind_addr(options.bind)?;
    if let Some(key) = &options.secret_key {
        builder = builder.secret_key(key.clone());
    }
    let endpoint = builder.bind().await?;
    let push = if options.allow_push { RequestMode::None } else { RequestMode::Disabled };
    let (events, _unused) = EventSender::channel(1, EventMask { push, ..EventMask::DEFAULT });
    let blobs = BlobsProtocol::new(&store, Some(events));
    let router = Router::builder(endpoint.clone()).accept(iroh_blobs::ALPN, blobs).spawn();
    Ok((Peer { endpoint, store, connections: Mutex::default(), kept: Mutex::default() }, router))
}

async fn run(options: Options) -> Result<(), Failure> {
    let (peer, router) = start(&options).await?;
    let addr = peer.endpoint.bound_sockets().first().ok_or("not bound")?.to_string();
    emit(json!({"event": "ready", "id": peer.endpoint.id().to_string(), "addr": addr, "ticket": ""}));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Value = serde_json::from_str(&line)?;
        let begin = Instant::now();
        let is_quit = request["op"] == "quit";
        let mut result = match is_quit {
            true => Members::new(),
            false => peer.operation(&request).await.unwrap_or_else(|error| remote::describe(&error)),
        };
        result.entry("ok").or_insert(Value::Bool(true));
        result.insert("op".into(), request["op"].clone());
        result.insert("ms".into(), json!(begin.elapsed().as_secs_f64() * 1e3));
        if is_quit {
            router.shutdown().await?;
        }
        emit(Value::Object(result));
        if is_quit {
            return Ok(());
        }
    }
    router.shutdown().await?;
    Ok(())
}

#[tokio::main]
async fn main() {
    let options = Options::parse(std::env::args().skip(1)).unwrap_or_else(|error| {
        eprintln!("blobs-peer: {error}\n{USAGE}");
        std::process::exit(2);
    });
    if let Err(error) = run(options).await {
        eprintln!("blobs-peer: {error}");
        std::process::exit(1);
    }
    std::process::exit(0);
}
