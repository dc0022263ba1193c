// SPDX-License-Identifier: MIT OR Apache-2.0
//! A peer on iroh's QUIC library (crate noq) that speaks the protocol of tests/interop/README.md. It has operations
//! beyond the common ones, because the library, unlike the endpoint API, can be made to do things at a chosen moment.

mod client;
mod control;
mod options;
mod pattern;
mod serve;
mod streams;
mod tls;

use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use noq::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use noq::{Connection, ConnectionError, Endpoint, TransportConfig, VarInt};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use options::{Options, Settings, USAGE};
use tls::Identity;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
pub type Members = Map<String, Value>;

/// One line of stdout.
pub fn emit(value: Value) {
    println!("{value}");
}

pub fn number(request: &Value, name: &str) -> Result<u64, Failure> {
    request[name].as_u64().ok_or_else(|| format!("member {name} is missing").into())
}

pub fn varint(request: &Value, name: &str) -> Result<VarInt, Failure> {
    Ok(VarInt::from_u64(number(request, name)?)?)
}

/// by, code and reason of README.md.
pub fn describe(error: &ConnectionError) -> Members {
    let (by, code, reason) = match error {
        ConnectionError::ApplicationClosed(close) => {
            ("peer", close.error_code.into_inner().into(), text(&close.reason))
        }
        ConnectionError::ConnectionClosed(close) => {
            ("transport", u64::from(close.error_code).into(), text(&close.reason))
        }
        ConnectionError::TransportError(error) => ("transport", u64::from(error.code).into(), error.reason.clone()),
        ConnectionError::LocallyClosed => ("local", Value::Null, String::new()),
        ConnectionError::TimedOut => ("timeout", Value::Null, String::new()),
        other => ("other", Value::Null, other.to_string()),
    };
    members(json!({"by": by, "code": code, "reason": reason}))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// What both roles share.
pub struct Peer {
    pub endpoint: Endpoint,
    pub identity: Identity,
    pub settings: Settings,
    pub alpns: Vec<Vec<u8>>,
    pub transport: Arc<TransportConfig>,
    pub id: String,
    pub addr: String,
    pub connections: Mutex<Vec<Connection>>,
    /// Code and reason of our own closes; the library does not remember them.
    pub closed_locally: Mutex<Members>,
}

impl Peer {
    fn bind(mut options: Options) -> Result<Self, Failure> {
        let identity = Identity::new(&options.seed)?;
        let socket = UdpSocket::bind(options.bind)?;
        let runtime = noq::default_runtime().ok_or("no runtime")?;
        let endpoint = Endpoint::new(options.settings.endpoint(), None, socket, runtime)?;
        let transport = options.settings.transport();
        let alpns = options.alpns.iter().map(|alpn| alpn.as_bytes().to_vec()).collect();
        let peer = Self {
            endpoint,
            identity,
            settings: options.settings,
            alpns,
            transport,
            id: options.id,
            addr: options.addr,
            connections: Mutex::default(),
            closed_locally: Mutex::default(),
        };
        if options.role == "serve" {
            peer.endpoint.set_server_config(Some(peer.server_config()?));
        }
        Ok(peer)
    }

    /// Each call forgets the tickets given out before.
    pub fn server_config(&self) -> Result<noq::ServerConfig, Failure> {
        let crypto = self.identity.server(self.alpns.clone(), self.settings.early_data)?;
        let mut config = noq::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(crypto)?));
        config.transport_config(self.transport.clone());
        config.validation_token.sent(self.settings.tokens);
        Ok(config)
    }

    pub fn client_config(&self, alpns: Vec<Vec<u8>>) -> Result<noq::ClientConfig, Failure> {
        let crypto = self.identity.client(alpns)?;
        let mut config = noq::ClientConfig::new(Arc::new(QuicClientConfig::try_from(crypto)?));
        config.transport_config(self.transport.clone());
        Ok(config)
    }

    /// The newest connection.
    pub fn connection(&self) -> Result<Connection, Failure> {
        self.connections.lock().unwrap().last().cloned().ok_or_else(|| "not connected".into())
    }

    pub fn keep(&self, connection: &Connection) {
        self.connections.lock().unwrap().push(connection.clone());
    }

    pub fn forget(&self, connection: &Connection) {
        self.connections.lock().unwrap().retain(|other| other.stable_id() != connection.stable_id());
    }

    pub fn close(&self, connection: &Connection, code: VarInt, reason: &str) {
        let told = json!({"by": "local", "code": code.into_inner(), "reason": reason});
        self.closed_locally.lock().unwrap().insert(connection.stable_id().to_string(), told);
        connection.close(code, reason.as_bytes());
    }

    pub fn describe_end(&self, connection: &Connection, error: &ConnectionError) -> Members {
        match self.closed_locally.lock().unwrap().get(&connection.stable_id().to_string()) {
            Some(told) if *error == ConnectionError::LocallyClosed => members(told.clone()),
            _ => describe(error),
        }
    }

    async fn operation(self: &Arc<Self>, role: &str, request: &Value) -> Result<Members, Failure> {
        if let Some(result) = control::operation(self, request).await? {
            return Ok(result);
        }
        match role {
            "serve" => serve::operation(self, request).await,
            _ => client::operation(self, request).await,
        }
    }

    async fn quit(&self) {
        self.endpoint.close(VarInt::from_u32(0), b"");
        self.endpoint.wait_idle().await;
    }
}

async fn run(options: Options) -> Result<(), Failure> {
    let role = options.role.clone();
    let peer = Arc::new(Peer::bind(options)?);
    let addr = peer.endpoint.local_addr()?.to_string();
    emit(json!({"event": "ready", "id": peer.identity.id, "addr": addr, "ticket": ""}));
    if role == "serve" {
        tokio::spawn(serve::accept_all(peer.clone()));
    }
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let request: Value = serde_json::from_str(&line)?;
        let begin = Instant::now();
        let is_quit = request["op"] == "quit";
        let mut result = match is_quit {
            true => members(json!({"ok": true})),
            false => peer
                .operation(&role, &request)
                .await
                .unwrap_or_else(|error| members(json!({"ok": false, "error": error.to_string()}))),
        };
        result.entry("ok").or_insert(Value::Bool(true));
        result.insert("op".into(), request["op"].clone());
        result.insert("ms".into(), json!(begin.elapsed().as_secs_f64() * 1e3));
        emit(Value::Object(result));
        if is_quit {
            break;
        }
    }
    peer.quit().await;
    Ok(())
}

#[tokio::main]
async fn main() {
    let options = Options::parse(std::env::args().skip(1)).unwrap_or_else(|error| {
        eprintln!("noq-peer: {error}\n{USAGE}");
        std::process::exit(2);
    });
    if let Err(error) = run(options).await {
        eprintln!("noq-peer: {error}");
        std::process::exit(1);
    }
    std::process::exit(0);
}
