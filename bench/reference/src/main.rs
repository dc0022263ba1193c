// SPDX-License-Identifier: MIT OR Apache-2.0
//! One bulk stream over loopback with the reference implementation: the other side of `./dev bench transport`.
//! Relays and address lookup are off. Command line and output: bench/reference/README.md.

use std::{collections::HashMap, error::Error, net::SocketAddr, time::Instant};

use iroh::{Endpoint, EndpointAddr, RelayMode, endpoint::presets};

const ALPN: &[u8] = b"iroh-cpp/bench/transport/1";
const WRITE_SIZE: usize = 256 * 1024;
const CLOSE_DONE: u32 = 0;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

struct Stopwatch {
    begin: Instant,
    cpu_begin: f64,
}

impl Stopwatch {
    fn start() -> Self {
        Self { begin: Instant::now(), cpu_begin: cpu_seconds() }
    }

    fn report(&self, role: &str, bytes: u64) {
        let (seconds, cpu) = (self.begin.elapsed().as_secs_f64(), cpu_seconds() - self.cpu_begin);
        println!(r#"{{"role":"{role}","bytes":{bytes},"seconds":{seconds:.6},"cpu_seconds":{cpu:.6}}}"#);
    }
}

async fn bind(address: &str) -> Outcome<Endpoint> {
    let endpoint = Endpoint::builder(presets::Minimal)
        .relay_mode(RelayMode::Disabled)
        .alpns(vec![ALPN.to_vec()])
        .clear_ip_transports()
        .bind_addr(address)?
        .bind()
        .await?;
    Ok(endpoint)
}

async fn serve(endpoint: Endpoint) -> Outcome<()> {
    let address = endpoint.bound_sockets()[0];
    println!(r#"{{"event":"ready","id":"{}","addr":"{address}"}}"#, endpoint.id());
    let connection = endpoint.accept().await.ok_or("endpoint closed")?.await?;
    let (mut send, mut recv) = connection.accept_bi().await?;
    let stopwatch = Stopwatch::start();
    let mut bytes = 0u64;
    while let Some(chunk) = recv.read_chunk(usize::MAX).await? {
        bytes += chunk.len() as u64;
    }
    send.write_all(&bytes.to_be_bytes()).await?;
    send.finish()?;
    stopwatch.report("serve", bytes);
    connection.closed().await;
    endpoint.close().await;
    Ok(())
}

async fn send(endpoint: Endpoint, remote: EndpointAddr, bytes: u64) -> Outcome<()> {
    let connection = endpoint.connect(remote, ALPN).await?;
    let (mut send, mut recv) = connection.open_bi().await?;
    let block = vec![0x5au8; WRITE_SIZE];
    let stopwatch = Stopwatch::start();
    let mut left = bytes;
    while left > 0 {
        let part = left.min(WRITE_SIZE as u64);
        send.write_all(&block[..part as usize]).await?;
        left -= part;
    }
    send.finish()?;
    let answer = recv.read_to_end(8).await?;
    if answer != bytes.to_be_bytes() {
        return Err("the server counted other bytes".into());
    }
    stopwatch.report("send", bytes);
    connection.close(CLOSE_DONE.into(), b"done");
    endpoint.close().await;
    Ok(())
}

const USAGE: &str = "usage: transport-reference serve [--bind IP:PORT]\n       \
                     transport-reference send --id HEX --addr IP:PORT --bytes N [--bind IP:PORT]";

async fn run(arguments: Vec<String>) -> Outcome<()> {
    let (role, rest) = arguments.split_first().ok_or(USAGE)?;
    if rest.len() % 2 != 0 {
        return Err(USAGE.into());
    }
    let options: HashMap<&str, &str> = rest.chunks(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
    let option = |name: &str| options.get(name).copied().ok_or(USAGE);
    let endpoint = bind(option("--bind").unwrap_or("127.0.0.1:0")).await?;
    match role.as_str() {
        "serve" => serve(endpoint).await,
        "send" => {
            let address: SocketAddr = option("--addr")?.parse()?;
            let remote = EndpointAddr::new(option("--id")?.parse()?).with_ip_addr(address);
            send(endpoint, remote, option("--bytes")?.parse()?).await
        }
        _ => Err(USAGE.into()),
    }
}

#[tokio::main]
async fn main() {
    if let Err(error) = run(std::env::args().skip(1).collect()).await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
