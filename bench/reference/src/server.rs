// SPDX-License-Identifier: MIT OR Apache-2.0
//! Answers the requests of any number of clients, until the program is killed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use iroh::{
    Endpoint,
    endpoint::{Connection, RecvStream, SendStream},
};

use crate::protocol::{BLOCK_SIZE, DATAGRAMS, DOWNLOAD, ECHO, Outcome, UPLOAD, USAGE, Usage};

/// Datagrams that are still on the way when the client says it has sent all.
const QUIET: Duration = Duration::from_millis(20);

pub async fn serve(endpoint: Endpoint) -> Outcome<()> {
    let address = endpoint.bound_sockets()[0];
    println!(r#"{{"event":"ready","id":"{}","addr":"{address}"}}"#, endpoint.id());
    while let Some(incoming) = endpoint.accept().await {
        tokio::spawn(async move {
            if let Ok(connection) = incoming.await {
                serve_connection(connection).await;
            }
        });
    }
    Ok(())
}

async fn serve_connection(connection: Connection) {
    while let Ok((send, recv)) = connection.accept_bi().await {
        tokio::spawn(answer(connection.clone(), send, recv));
    }
}

async fn answer(connection: Connection, mut send: SendStream, mut recv: RecvStream) -> Outcome<()> {
    let mut kind = [0];
    recv.read_exact(&mut kind).await?;
    match kind[0] {
        UPLOAD => take(&mut send, &mut recv).await?,
        DOWNLOAD => give(&mut send, &mut recv).await?,
        ECHO => echo(&mut send, &mut recv).await?,
        DATAGRAMS => count_datagrams(&connection, &mut send, &mut recv).await?,
        USAGE => send.write_all(&Usage::of_this_process().encode()).await?,
        _ => return Err("unknown request".into()),
    }
    send.finish()?;
    Ok(())
}

async fn take(send: &mut SendStream, recv: &mut RecvStream) -> Outcome<()> {
    let mut bytes = 0u64;
    while let Some(chunk) = recv.read_chunk(usize::MAX).await? {
        bytes += chunk.len() as u64;
    }
    send.write_all(&bytes.to_be_bytes()).await?;
    Ok(())
}

async fn give(send: &mut SendStream, recv: &mut RecvStream) -> Outcome<()> {
    let mut size = [0; 8];
    recv.read_exact(&mut size).await?;
    write_blocks(send, u64::from_be_bytes(size)).await
}

/// One buffer, sent again and again without copies.
pub async fn write_blocks(send: &mut SendStream, size: u64) -> Outcome<()> {
    let block = Bytes::from(vec![0x5a; BLOCK_SIZE]);
    let mut left = size;
    while left > 0 {
        let part = left.min(BLOCK_SIZE as u64);
        send.write_chunk(block.slice(..part as usize)).await?;
        left -= part;
    }
    Ok(())
}

async fn echo(send: &mut SendStream, recv: &mut RecvStream) -> Outcome<()> {
    while let Some(chunk) = recv.read_chunk(usize::MAX).await? {
        send.write_chunk(chunk).await?;
    }
    Ok(())
}

/// Says that it is ready, counts until the client finishes the stream, answers with count and nanoseconds.
async fn count_datagrams(connection: &Connection, send: &mut SendStream, recv: &mut RecvStream) -> Outcome<()> {
    let (mut count, mut first, mut last) = (0u64, None, Instant::now());
    let mut take = |number: usize| {
        last = Instant::now();
        first.get_or_insert(last);
        count += number as u64;
    };
    send.write_all(&[DATAGRAMS]).await?;
    let mut buffer = vec![Bytes::new(); crate::protocol::DATAGRAM_BATCH];
    let ended = recv.read_to_end(0);
    tokio::pin!(ended);
    loop {
        tokio::select! {
            biased;
            received = connection.read_many_datagrams(&mut buffer) => take(received?),
            end = &mut ended => { end?; break; }
        }
    }
    while let Ok(received) = tokio::time::timeout(QUIET, connection.read_many_datagrams(&mut buffer)).await {
        take(received?);
    }
    let elapsed = first.map_or(Duration::ZERO, |first| last - first);
    send.write_all(&count.to_be_bytes()).await?;
    send.write_all(&(elapsed.as_nanos() as u64).to_be_bytes()).await?;
    Ok(())
}
