// SPDX-License-Identifier: MIT OR Apache-2.0
//! The measurements, each printed as one JSON line. What is measured how: docs/benchmarking.md.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use iroh::{Endpoint, EndpointAddr, endpoint::Connection};
use tokio::task::JoinSet;

use crate::{
    options::{HELP, Options},
    protocol::{
        ALPN, CLOSE_DONE, DATAGRAM_BATCH, DATAGRAM_BUFFER, DATAGRAMS, DOWNLOAD, ECHO, Outcome, UPLOAD, USAGE, Usage, read_u64,
    },
    server::write_blocks,
};

/// Until MTU discovery has come to its end and slow start is over.
const WARM_UP_BYTES: u64 = 16 << 20;
const WARM_UP_ROUNDS: u64 = 200;
const WARM_UP_HANDSHAKES: u64 = 64;
/// Few, before memory is looked at: what many at once leave in the allocator would hide some of the growth.
const WARM_UP_FEW_HANDSHAKES: u64 = 8;
/// More than the bookkeeping of one queued datagram.
const DATAGRAM_OVERHEAD_MAX: usize = 64;

pub async fn run(options: Options) -> Outcome<()> {
    if options.word(1)? == "endpoints" {
        return endpoints(&options).await;
    }
    let endpoint = options.bind().await?;
    let remote = options.remote()?;
    let connection = endpoint.connect(remote.clone(), ALPN).await?;
    match options.word(1)? {
        "throughput" => throughput(&connection, &options).await?,
        "latency" => latency(&connection, &options).await?,
        "datagrams" => datagrams(&connection, &options).await?,
        "handshakes" => handshakes(&endpoint, &connection, remote, &options).await?,
        "memory" => memory(&endpoint, &connection, remote, &options).await?,
        _ => return Err(HELP.into()),
    }
    connection.close(CLOSE_DONE.into(), b"done");
    endpoint.close().await;
    Ok(())
}

/// Both sides' usage at the start of what is measured.
struct Span {
    begin: Instant,
    client: Usage,
    server: Usage,
}

impl Span {
    async fn start(control: &Connection) -> Outcome<Self> {
        let server = server_usage(control).await?;
        Ok(Self { server, client: Usage::of_this_process(), begin: Instant::now() })
    }

    /// `facts` are JSON members; unless they bring "seconds", the wall time is added.
    async fn report(self, control: &Connection, test: &str, facts: String) -> Outcome<()> {
        let seconds = self.begin.elapsed().as_secs_f64();
        let client = Usage::of_this_process().since(self.client).json();
        let server = server_usage(control).await?.since(self.server).json();
        println!(r#"{{"test":"{test}","wall":{seconds:.6},{facts},"client":{client},"server":{server}}}"#);
        Ok(())
    }
}

async fn server_usage(connection: &Connection) -> Outcome<Usage> {
    let (mut send, mut recv) = connection.open_bi().await?;
    send.write_all(&[USAGE]).await?;
    send.finish()?;
    let mut answer = [0; Usage::SIZE];
    recv.read_exact(&mut answer).await?;
    Ok(Usage::decode(&answer))
}

async fn throughput(connection: &Connection, options: &Options) -> Outcome<()> {
    let (size, streams) = (options.number("--size", 1 << 30)?, options.number("--streams", 1)?.max(1));
    let up = match options.text("--direction", "up") {
        "up" => true,
        "down" => false,
        _ => return Err(HELP.into()),
    };
    transfer(connection.clone(), up, WARM_UP_BYTES.min(size)).await?;
    let span = Span::start(connection).await?;
    let mut tasks = JoinSet::new();
    for index in 0..streams {
        let part = size / streams + u64::from(index < size % streams);
        tasks.spawn(transfer(connection.clone(), up, part));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let seconds = span.begin.elapsed().as_secs_f64();
    span.report(connection, "throughput", format!(r#""bytes":{size},"seconds":{seconds:.6}"#)).await
}

async fn transfer(connection: Connection, up: bool, size: u64) -> Outcome<()> {
    let (mut send, mut recv) = connection.open_bi().await?;
    let mut received = 0u64;
    if up {
        send.write_all(&[UPLOAD]).await?;
        write_blocks(&mut send, size).await?;
        send.finish()?;
        received = read_u64(&recv.read_to_end(8).await?, 0);
    } else {
        send.write_all(&[DOWNLOAD]).await?;
        send.write_all(&size.to_be_bytes()).await?;
        send.finish()?;
        while let Some(chunk) = recv.read_chunk(usize::MAX).await? {
            received += chunk.len() as u64;
        }
    }
    if received != size { Err(format!("{received} bytes arrived instead of {size}").into()) } else { Ok(()) }
}

async fn latency(connection: &Connection, options: &Options) -> Outcome<()> {
    let (rounds, size) = (options.number("--rounds", 20_000)?.max(1), options.number("--size", 32)? as usize);
    let (mut send, mut recv) = connection.open_bi().await?;
    send.write_all(&[ECHO]).await?;
    let message = Bytes::from(vec![1; size]);
    let mut answer = vec![0; size];
    for _ in 0..WARM_UP_ROUNDS {
        send.write_chunk(message.clone()).await?;
        recv.read_exact(&mut answer).await?;
    }
    let span = Span::start(connection).await?;
    let mut times = Vec::with_capacity(rounds as usize);
    for _ in 0..rounds {
        let begin = Instant::now();
        send.write_chunk(message.clone()).await?;
        recv.read_exact(&mut answer).await?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64();
    let (p50, p99) = (at(0.5), at(0.99));
    span.report(connection, "latency", format!(r#""rounds":{rounds},"p50":{p50:.9},"p99":{p99:.9}"#)).await
}

async fn datagrams(connection: &Connection, options: &Options) -> Outcome<()> {
    let (count, size) = (options.number("--count", 1_000_000)?, options.number("--size", 1200)? as usize);
    transfer(connection.clone(), true, WARM_UP_BYTES).await?;
    let (mut send, mut recv) = connection.open_bi().await?;
    send.write_all(&[DATAGRAMS]).await?;
    recv.read_exact(&mut [0]).await?;
    let batch = vec![Bytes::from(vec![0x5a; size]); DATAGRAM_BATCH];
    let span = Span::start(connection).await?;
    let mut sent = 0;
    while sent < count {
        // The free space reported does not count what each queued datagram costs beside its payload, but the limit
        // does: trusting it, a full queue would drop the oldest for every further datagram.
        let queued = (DATAGRAM_BUFFER - connection.datagram_send_buffer_space().min(DATAGRAM_BUFFER)) / size;
        let room = (DATAGRAM_BUFFER / (size + DATAGRAM_OVERHEAD_MAX)).saturating_sub(queued);
        let part = room.min(batch.len()).min((count - sent) as usize);
        if part > 0 {
            sent += connection.send_many_datagrams(&batch[..part])? as u64;
        } else {
            connection.send_datagram_wait(batch[0].clone()).await?;
            sent += 1;
        }
    }
    send.finish()?;
    let answer = recv.read_to_end(16).await?;
    let (received, seconds) = (read_u64(&answer, 0), read_u64(&answer, 8) as f64 * 1e-9);
    let facts = format!(r#""sent":{sent},"received":{received},"size":{size},"seconds":{seconds:.6}"#);
    span.report(connection, "datagrams", facts).await
}

/// How handshakes are made: all from one endpoint, whose tickets make them resumptions, or each from a new one.
#[derive(Clone)]
struct Dialler {
    endpoint: Endpoint,
    remote: EndpointAddr,
    options: Options,
}

impl Dialler {
    /// Connect, one byte there and back, close.
    async fn handshake(&self) -> Outcome<()> {
        let fresh = if self.options.has("--fresh-endpoints") { Some(self.options.bind().await?) } else { None };
        let connection = fresh.as_ref().unwrap_or(&self.endpoint).connect(self.remote.clone(), ALPN).await?;
        let (mut send, mut recv) = connection.open_bi().await?;
        send.write_all(&[ECHO, 1]).await?;
        recv.read_exact(&mut [0]).await?;
        connection.close(CLOSE_DONE.into(), b"done");
        if let Some(endpoint) = fresh {
            endpoint.close().await;
        }
        Ok(())
    }

    async fn handshakes(&self, count: u64, concurrency: u64) -> Outcome<()> {
        let started = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..concurrency {
            let (dialler, started) = (self.clone(), started.clone());
            tasks.spawn(async move {
                while started.fetch_add(1, Ordering::Relaxed) < count {
                    dialler.handshake().await?;
                }
                Outcome::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }
}

async fn handshakes(
    endpoint: &Endpoint,
    control: &Connection,
    remote: EndpointAddr,
    options: &Options,
) -> Outcome<()> {
    let (count, concurrency) = (options.number("--count", 2000)?, options.number("--concurrency", 32)?.max(1));
    let dialler = Dialler { endpoint: endpoint.clone(), remote, options: options.clone() };
    dialler.handshakes(WARM_UP_HANDSHAKES.min(count), concurrency).await?;
    let span = Span::start(control).await?;
    dialler.handshakes(count, concurrency).await?;
    let seconds = span.begin.elapsed().as_secs_f64();
    span.report(control, "handshakes", format!(r#""count":{count},"seconds":{seconds:.6}"#)).await
}

async fn memory(endpoint: &Endpoint, control: &Connection, remote: EndpointAddr, options: &Options) -> Outcome<()> {
    let (count, settle) = (options.number("--count", 1000)?.max(1), options.settle()?);
    let dialler = Dialler { endpoint: endpoint.clone(), remote: remote.clone(), options: options.clone() };
    dialler.handshakes(WARM_UP_FEW_HANDSHAKES, 1).await?;
    tokio::time::sleep(settle / 2).await;
    let span = Span::start(control).await?;
    let mut connections = Vec::with_capacity(count as usize);
    for _ in 0..count {
        connections.push(endpoint.connect(remote.clone(), ALPN).await?);
    }
    tokio::time::sleep(settle).await;
    let server = server_usage(control).await?.rss.saturating_sub(span.server.rss) / count;
    let client = Usage::of_this_process().rss.saturating_sub(span.client.rss) / count;
    let facts = format!(r#""count":{count},"server_bytes_each":{server},"client_bytes_each":{client}"#);
    span.report(control, "memory", facts).await
}

/// Needs no server: endpoints that do nothing.
async fn endpoints(options: &Options) -> Outcome<()> {
    let (count, settle) = (options.number("--count", 50)?.max(1), Duration::from_secs(1));
    let mut endpoints = vec![options.bind().await?];
    tokio::time::sleep(settle).await;
    let before = Usage::of_this_process();
    for _ in 0..count {
        endpoints.push(options.bind().await?);
    }
    tokio::time::sleep(settle).await;
    let each = Usage::of_this_process().rss.saturating_sub(before.rss) / count;
    println!(r#"{{"test":"endpoints","count":{count},"bytes_each":{each}}}"#);
    Ok(())
}
