// SPDX-License-Identifier: MIT OR Apache-2.0
//! The role connect: dialling, closing and waiting; the rest is in streams.rs.

use std::sync::Arc;
use std::time::Duration;

use noq::{Connecting, Connection, ConnectionError, VarInt};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::serve::identity_of;
use crate::{Failure, Members, Peer, control, describe, members, number, streams, tls, varint};

fn dial(peer: &Peer, request: &Value) -> Result<Connecting, Failure> {
    let id = request["id"].as_str().unwrap_or(&peer.id);
    let addr = request["addr"].as_str().unwrap_or(&peer.addr);
    let alpns = match request["alpn"].as_str() {
        Some(alpn) => vec![alpn.as_bytes().to_vec()],
        None => peer.alpns.clone(),
    };
    Ok(peer.endpoint.connect_with(peer.client_config(alpns)?, addr.parse()?, &tls::server_name(id))?)
}

/// With `early` in the request: an echo of so many bytes is sent as 0-RTT, if there is a ticket for it.
async fn establish(connecting: Connecting, request: &Value) -> Result<(Connection, Value), Failure> {
    let Ok(early) = number(request, "early") else {
        return Ok((connecting.await?, Value::Null));
    };
    match connecting.into_0rtt() {
        Err(connecting) => Ok((connecting.await?, json!("no ticket"))),
        Ok((connection, accepted)) => {
            let answer = streams::echo(&connection, early).await;
            if !accepted.await {
                return Ok((connection, json!("rejected")));
            }
            let is_equal = answer?["ok"] == true;
            Ok((connection, json!(if is_equal { "accepted" } else { "damaged" })))
        }
    }
}

async fn connect(peer: &Arc<Peer>, request: &Value) -> Result<Members, Failure> {
    while let Ok(connection) = peer.connection() {
        peer.close(&connection, VarInt::from_u32(0), "");
        peer.forget(&connection);
    }
    match establish(dial(peer, request)?, request).await {
        Ok((connection, early)) => {
            peer.keep(&connection);
            control::report_events(&connection);
            let (id, alpn) = identity_of(&connection);
            Ok(members(json!({"remote_id": id, "alpn": alpn, "early": early})))
        }
        Err(error) => match error.downcast::<ConnectionError>() {
            Ok(error) => {
                let mut result = describe(&error);
                result.extend(members(json!({"ok": false, "error": error.to_string()})));
                Ok(result)
            }
            Err(error) => Err(error),
        },
    }
}

/// Further connections, all at the same time, each with one echo.
async fn connections(peer: &Arc<Peer>, count: u64, bytes: u64) -> Result<Members, Failure> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let peer = peer.clone();
        tasks.spawn(async move {
            let connection = dial(&peer, &Value::Null)?.await?;
            let ok = streams::echo(&connection, bytes).await?["ok"] == true;
            Ok::<_, Failure>((connection, ok))
        });
    }
    let mut complete = Vec::new();
    while let Some(result) = tasks.join_next().await {
        let (connection, ok) = result??;
        if ok {
            complete.push(connection);
        }
    }
    complete.iter().for_each(|connection| connection.close(VarInt::from_u32(0), b""));
    Ok(members(json!({"ok": complete.len() as u64 == count, "connections": complete.len()})))
}

pub async fn operation(peer: &Arc<Peer>, request: &Value) -> Result<Members, Failure> {
    let seconds = || number(request, "seconds").map(Duration::from_secs);
    match request["op"].as_str().unwrap_or_default() {
        "connect" => connect(peer, request).await,
        "connections" => connections(peer, number(request, "count")?, number(request, "bytes")?).await,
        "close" => {
            peer.close(&peer.connection()?, varint(request, "code")?, request["reason"].as_str().unwrap_or_default());
            Ok(Members::new())
        }
        "wait_closed" => {
            let connection = peer.connection()?;
            let error = tokio::time::timeout(seconds()?, connection.closed()).await?;
            Ok(peer.describe_end(&connection, &error))
        }
        "idle" => {
            tokio::time::sleep(seconds()?).await;
            let is_open = peer.connection()?.close_reason().is_none();
            Ok(members(json!({"ok": is_open, "open": is_open})))
        }
        _ => streams::operation(&peer.connection()?, request).await,
    }
}
