// SPDX-License-Identifier: MIT OR Apache-2.0
//! The role serve: the services of README.md.

use std::sync::Arc;

use noq::{Connection, Incoming, ReadError, RecvStream, SendStream, VarInt, WriteError};
use serde_json::{Value, json};

use crate::pattern::{BLOCK, Counter, block, blocks, hex};
use crate::streams::count;
use crate::{Failure, Members, Peer, control, emit, members, tls, varint};

pub async fn accept_all(peer: Arc<Peer>) {
    while let Some(incoming) = peer.endpoint.accept().await {
        tokio::spawn(serve_incoming(peer.clone(), incoming));
    }
}

async fn serve_incoming(peer: Arc<Peer>, incoming: Incoming) {
    if peer.settings.retry && incoming.may_retry() && !incoming.remote_address_validated() {
        let _ = incoming.retry();
        emit(json!({"event": "retry_sent"}));
        return;
    }
    let validated = incoming.remote_address_validated();
    match accept(incoming).await {
        Ok(connection) => serve(peer, connection, validated).await,
        Err(error) => emit(json!({"event": "incoming_failed", "error": error.to_string()})),
    }
}

async fn accept(incoming: Incoming) -> Result<Connection, Failure> {
    Ok(incoming.accept()?.await?)
}

pub fn identity_of(connection: &Connection) -> (String, String) {
    let certificates =
        connection.peer_identity().and_then(|any| any.downcast::<Vec<noq::rustls::pki_types::CertificateDer>>().ok());
    let id = certificates.and_then(|all| all.first().map(|spki| tls::id_of_spki(spki))).unwrap_or_default();
    let data = connection.handshake_data().and_then(|any| any.downcast::<noq::crypto::rustls::HandshakeData>().ok());
    let alpn = data.and_then(|data| data.protocol).unwrap_or_default();
    (id, String::from_utf8_lossy(&alpn).into_owned())
}

async fn serve(peer: Arc<Peer>, connection: Connection, validated: bool) {
    peer.keep(&connection);
    let (id, alpn) = identity_of(&connection);
    emit(json!({"event": "connected", "remote_id": id, "alpn": alpn, "validated": validated}));
    control::report_events(&connection);
    tokio::spawn(bi_streams(connection.clone()));
    tokio::spawn(uni_streams(connection.clone()));
    tokio::spawn(datagrams(connection.clone()));
    let error = connection.closed().await;
    let mut event = peer.describe_end(&connection, &error);
    event.insert("event".into(), "closed".into());
    peer.forget(&connection);
    emit(Value::Object(event));
}

async fn bi_streams(connection: Connection) {
    while let Ok((send, recv)) = connection.accept_bi().await {
        tokio::spawn(async move {
            if let Err(error) = bi_stream(send, recv).await {
                eprintln!("stream ended: {error}");
            }
        });
    }
}

async fn uni_streams(connection: Connection) {
    while let Ok(recv) = connection.accept_uni().await {
        let connection = connection.clone();
        tokio::spawn(async move { sink(connection.open_uni().await?, recv).await });
    }
}

async fn datagrams(connection: Connection) {
    while let Ok(datagram) = connection.read_datagram().await {
        let _ = connection.send_datagram(datagram);
    }
}

async fn read_u64(recv: &mut RecvStream) -> Result<u64, Failure> {
    let mut bytes = [0; 8];
    recv.read_exact(&mut bytes).await?;
    Ok(u64::from_be_bytes(bytes))
}

async fn bi_stream(mut send: SendStream, mut recv: RecvStream) -> Result<(), Failure> {
    let mut service = [0];
    recv.read_exact(&mut service).await?;
    match service[0] {
        b'E' => echo(send, recv).await,
        b'S' => sink(send, recv).await,
        b'G' => {
            for part in blocks(read_u64(&mut recv).await?) {
                send.write_chunk(part).await?;
            }
            Ok(send.finish()?)
        }
        b'R' => {
            let code = read_u64(&mut recv).await?;
            send.write_chunk(block().slice(..1000)).await?;
            Ok(send.reset(VarInt::from_u64(code)?)?)
        }
        b'P' => {
            let code = read_u64(&mut recv).await?;
            recv.stop(VarInt::from_u64(code)?)?;
            Ok(send.finish()?)
        }
        b'H' => half(send, recv).await,
        b'W' => {
            tokio::spawn(write_until_stopped(send));
            watch(recv).await
        }
        _ => {
            recv.stop(VarInt::from_u32(1))?;
            Ok(send.reset(VarInt::from_u32(1))?)
        }
    }
}

async fn echo(mut send: SendStream, mut recv: RecvStream) -> Result<(), Failure> {
    while let Some(part) = recv.read_chunk(BLOCK).await? {
        send.write_chunk(part).await?;
    }
    Ok(send.finish()?)
}

async fn sink(mut send: SendStream, mut recv: RecvStream) -> Result<(), Failure> {
    let counter = count(&mut recv).await?;
    send.write_all(&[&counter.count.to_be_bytes()[..], &counter.sha256()].concat()).await?;
    Ok(send.finish()?)
}

async fn half(mut send: SendStream, mut recv: RecvStream) -> Result<(), Failure> {
    send.write_all(b"half").await?;
    send.finish()?;
    let counter = count(&mut recv).await?;
    emit(json!({"event": "half", "bytes": counter.count, "sha256": hex(&counter.sha256())}));
    Ok(())
}

async fn watch(mut recv: RecvStream) -> Result<(), Failure> {
    let mut counter = Counter::new();
    loop {
        match recv.read_chunk(BLOCK).await {
            Ok(Some(part)) => counter.add(&part),
            Ok(None) => return Ok(()),
            Err(ReadError::Reset(code)) => {
                emit(json!({"event": "reset", "code": code.into_inner()}));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn write_until_stopped(mut send: SendStream) -> Result<(), Failure> {
    let block = block();
    loop {
        match send.write_chunk(block.clone()).await {
            Ok(()) => {}
            Err(WriteError::Stopped(code)) => {
                emit(json!({"event": "stopped", "code": code.into_inner()}));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

pub async fn operation(peer: &Arc<Peer>, request: &Value) -> Result<Members, Failure> {
    let connections = peer.connections.lock().unwrap().clone();
    match request["op"].as_str().unwrap_or_default() {
        "close" => {
            let code = varint(request, "code")?;
            for connection in &connections {
                peer.close(connection, code, request["reason"].as_str().unwrap_or_default());
            }
            Ok(members(json!({"connections": connections.len()})))
        }
        "limits" => {
            for connection in &connections {
                connection.set_max_concurrent_bi_streams(varint(request, "bi")?);
            }
            Ok(Members::new())
        }
        // Tickets given out so far are worth nothing from now on, as after a restart.
        "forget_tickets" => {
            peer.endpoint.set_server_config(Some(peer.server_config()?));
            Ok(Members::new())
        }
        _ => Err("unknown operation".into()),
    }
}
