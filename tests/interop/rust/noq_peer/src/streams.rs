// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations on streams and datagrams that the client runs against the services of the peer.

use std::time::Duration;

use noq::{Connection, ReadError, RecvStream, SendStream, VarInt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::pattern::{BLOCK, Counter, block, blocks, hex, sha256_of_pattern};
use crate::{Failure, Members, members, number, varint};

pub async fn count(recv: &mut RecvStream) -> Result<Counter, ReadError> {
    let mut counter = Counter::new();
    while let Some(part) = recv.read_chunk(BLOCK).await? {
        counter.add(&part);
    }
    Ok(counter)
}

async fn write_pattern(send: &mut SendStream, size: u64) -> Result<(), Failure> {
    for part in blocks(size) {
        send.write_chunk(part).await?;
    }
    Ok(send.finish()?)
}

async fn open(connection: &Connection, service: u8) -> Result<(SendStream, RecvStream), Failure> {
    let (mut send, recv) = connection.open_bi().await?;
    send.write_all(&[service]).await?;
    Ok((send, recv))
}

async fn complete_echo(mut send: SendStream, mut recv: RecvStream, size: u64) -> Result<Counter, Failure> {
    let writer = async { write_pattern(&mut send, size).await };
    let reader = async { Ok(count(&mut recv).await?) };
    Ok(tokio::try_join!(writer, reader)?.1)
}

fn counted(counter: &Counter, size: u64) -> Members {
    let sha256 = hex(&counter.sha256());
    let ok = counter.count == size && sha256 == sha256_of_pattern(size);
    members(json!({"ok": ok, "bytes": counter.count, "sha256": sha256}))
}

pub async fn echo(connection: &Connection, size: u64) -> Result<Members, Failure> {
    let (send, recv) = open(connection, b'E').await?;
    Ok(counted(&complete_echo(send, recv, size).await?, size))
}

fn sink_result(size: u64, answer: &[u8]) -> Result<Members, Failure> {
    let own = sha256_of_pattern(size);
    let (bytes, sha256) = answer.split_first_chunk::<8>().ok_or("short answer")?;
    let (peer_bytes, peer_sha256) = (u64::from_be_bytes(*bytes), hex(sha256));
    let ok = peer_bytes == size && peer_sha256 == own;
    Ok(members(json!({"ok": ok, "bytes": size, "sha256": own, "peer_bytes": peer_bytes, "peer_sha256": peer_sha256})))
}

async fn upload(connection: &Connection, size: u64) -> Result<Members, Failure> {
    let (mut send, mut recv) = open(connection, b'S').await?;
    write_pattern(&mut send, size).await?;
    sink_result(size, &recv.read_to_end(64).await?)
}

async fn uni(connection: &Connection, size: u64) -> Result<Members, Failure> {
    let mut send = connection.open_uni().await?;
    write_pattern(&mut send, size).await?;
    sink_result(size, &connection.accept_uni().await?.read_to_end(64).await?)
}

async fn download(connection: &Connection, size: u64) -> Result<Members, Failure> {
    let (mut send, mut recv) = open(connection, b'G').await?;
    send.write_all(&size.to_be_bytes()).await?;
    send.finish()?;
    Ok(counted(&count(&mut recv).await?, size))
}

async fn parallel(connection: &Connection, streams: u64, size: u64) -> Result<Members, Failure> {
    let mut opened = Vec::new();
    for _ in 0..streams {
        opened.push(open(connection, b'E').await?);
    }
    let mut tasks = JoinSet::new();
    for (send, recv) in opened {
        tasks.spawn(complete_echo(send, recv, size));
    }
    let expected = sha256_of_pattern(size);
    let mut complete = 0;
    while let Some(result) = tasks.join_next().await {
        let counter = result??;
        complete += u64::from(counter.count == size && hex(&counter.sha256()) == expected);
    }
    Ok(members(json!({"ok": complete == streams, "streams": complete})))
}

/// `streams` echo streams in all, `at_once` at a time.
async fn many(connection: &Connection, streams: u64, at_once: u64, size: u64) -> Result<Members, Failure> {
    let mut tasks = JoinSet::new();
    for worker in 0..at_once {
        let share = streams / at_once + u64::from(worker < streams % at_once);
        let connection = connection.clone();
        tasks.spawn(async move {
            let mut complete = 0;
            for _ in 0..share {
                complete += u64::from(echo(&connection, size).await?["ok"] == true);
            }
            Ok::<u64, Failure>(complete)
        });
    }
    let mut complete = 0;
    while let Some(result) = tasks.join_next().await {
        complete += result??;
    }
    Ok(members(json!({"ok": complete == streams, "streams": complete})))
}

/// Opens `streams` streams; the next one must wait until all but one of them are over.
async fn fill(connection: &Connection, streams: u64) -> Result<Members, Failure> {
    let mut opened = Vec::new();
    for _ in 0..streams {
        opened.push(open(connection, b'E').await?);
    }
    let next = open(connection, b'E');
    tokio::pin!(next);
    // Round trips on an open stream: the peer had every chance to give more credit.
    for _ in 0..3 {
        let (send, recv) = opened.last_mut().ok_or("no streams")?;
        send.write_all(b"x").await?;
        let mut answer = [0];
        tokio::select! {
            early = &mut next => return early.map(|_| members(json!({"ok": false, "error": "the stream limit does not hold"}))),
            read = recv.read_exact(&mut answer) => read?,
        }
    }
    for (send, recv) in opened.drain(..opened.len() - 1) {
        complete_echo(send, recv, 10).await?;
    }
    tokio::time::timeout(Duration::from_secs(10), next).await??;
    Ok(members(json!({"streams": streams + 1})))
}

async fn reset_by_peer(connection: &Connection, code: u64) -> Result<Members, Failure> {
    let (mut send, mut recv) = open(connection, b'R').await?;
    send.write_all(&code.to_be_bytes()).await?;
    send.finish()?;
    match count(&mut recv).await {
        Err(ReadError::Reset(got)) => Ok(members(json!({"ok": got.into_inner() == code, "code": got.into_inner()}))),
        other => Err(format!("no reset but {:?}", other.map(|counter| counter.count)).into()),
    }
}

async fn stop_by_peer(connection: &Connection, code: u64) -> Result<Members, Failure> {
    let (mut send, _recv) = open(connection, b'P').await?;
    send.write_all(&code.to_be_bytes()).await?;
    match send.stopped().await? {
        Some(got) => Ok(members(json!({"ok": got.into_inner() == code, "code": got.into_inner()}))),
        None => Err("not stopped".into()),
    }
}

async fn abort(connection: &Connection, reset: VarInt, stop: VarInt) -> Result<Members, Failure> {
    let (mut send, mut recv) = open(connection, b'W').await?;
    send.write_chunk(block().slice(..1000)).await?;
    recv.read_exact(&mut [0; 1000]).await?;
    send.reset(reset)?;
    recv.stop(stop)?;
    Ok(Members::new())
}

async fn half(connection: &Connection, size: u64) -> Result<Members, Failure> {
    let (mut send, mut recv) = open(connection, b'H').await?;
    let answer = recv.read_to_end(64).await?;
    write_pattern(&mut send, size).await?;
    let stopped = send.stopped().await?;
    Ok(members(json!({"ok": answer == b"half" && stopped.is_none(), "bytes": size, "sha256": sha256_of_pattern(size)})))
}

async fn datagrams(connection: &Connection, number: u64, size: usize) -> Result<Members, Failure> {
    let (mut received, mut equal) = (0, true);
    for i in 0..number {
        let datagram: bytes::Bytes = [&(i as u32).to_be_bytes(), &block()[..size - 4]].concat().into();
        connection.send_datagram(datagram.clone())?;
        if let Ok(answer) = tokio::time::timeout(Duration::from_secs(1), connection.read_datagram()).await {
            equal &= answer? == datagram;
            received += 1;
        }
    }
    Ok(members(json!({"ok": equal, "sent": number, "received": received, "max_size": connection.max_datagram_size()})))
}

/// The largest datagram comes back, one byte more is refused.
async fn datagram_limits(connection: &Connection) -> Result<Members, Failure> {
    loop {
        let largest = connection.max_datagram_size().ok_or("no datagrams")?;
        let refused = connection.send_datagram(block().slice(..largest + 1)).is_err();
        if connection.max_datagram_size() != Some(largest) {
            continue; // MTU discovery moved the limit
        }
        let mut result = datagrams(connection, 1, largest).await?;
        let ok = refused && result["received"] == 1 && result["ok"] == true;
        result.extend(members(json!({"ok": ok, "refused": refused, "bytes": largest})));
        return Ok(result);
    }
}

pub async fn operation(connection: &Connection, request: &Value) -> Result<Members, Failure> {
    let bytes = || number(request, "bytes");
    let streams = || number(request, "streams");
    match request["op"].as_str().unwrap_or_default() {
        "echo" => echo(connection, bytes()?).await,
        "upload" => upload(connection, bytes()?).await,
        "download" => download(connection, bytes()?).await,
        "uni" => uni(connection, bytes()?).await,
        "parallel" => parallel(connection, streams()?, bytes()?).await,
        "many" => many(connection, streams()?, number(request, "at_once")?, bytes()?).await,
        "fill" => fill(connection, streams()?).await,
        "reset_by_peer" => reset_by_peer(connection, number(request, "code")?).await,
        "stop_by_peer" => stop_by_peer(connection, number(request, "code")?).await,
        "abort" => abort(connection, varint(request, "reset")?, varint(request, "stop")?).await,
        "half" => half(connection, bytes()?).await,
        "datagrams" => datagrams(connection, number(request, "count")?, bytes()? as usize).await,
        "datagram_limits" => datagram_limits(connection).await,
        _ => Err("unknown operation".into()),
    }
}
