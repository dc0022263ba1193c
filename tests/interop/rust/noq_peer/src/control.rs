// SPDX-License-Identifier: MIT OR Apache-2.0
//! What only this peer can do, in both roles, to its newest connection: paths, NAT traversal, keys, rebinding.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use noq::{Connection, FourTuple, FrameStats, Path, PathError, PathEvent, PathId, PathStatus};
use noq_proto::{PathAbandonReason, n0_nat_traversal};
use serde_json::{Value, json};
use tokio_stream::StreamExt;

use crate::{Failure, Members, Peer, emit, members, number};

/// Prints what happens to the paths, and which addresses the peer offers.
pub fn report_events(connection: &Connection) {
    let mut paths = connection.path_events();
    tokio::spawn(async move {
        while let Some(Ok(event)) = paths.next().await {
            emit(describe_path_event(&event));
        }
    });
    let mut updates = connection.nat_traversal_updates();
    tokio::spawn(async move {
        while let Some(Ok(event)) = updates.next().await {
            emit(match event {
                n0_nat_traversal::Event::AddressAdded(addr) => {
                    json!({"event": "address_added", "addr": addr.to_string()})
                }
                n0_nat_traversal::Event::AddressRemoved(addr) => {
                    json!({"event": "address_removed", "addr": addr.to_string()})
                }
            });
        }
    });
}

/// The id has no accessor, only its text form.
fn path_number(id: PathId) -> Value {
    json!(id.to_string().parse::<u64>().ok())
}

fn describe_path_event(event: &PathEvent) -> Value {
    match event {
        PathEvent::Established { id, .. } => json!({"event": "path_established", "path": path_number(*id)}),
        PathEvent::Abandoned { id, reason, .. } => {
            let (by, code) = match reason {
                PathAbandonReason::ApplicationClosed { error_code } => ("local", Some(error_code.into_inner())),
                PathAbandonReason::RemoteAbandoned { error_code } => ("peer", Some(error_code.into_inner())),
                PathAbandonReason::TimedOut => ("timeout", None),
                _ => ("other", None),
            };
            json!({"event": "path_abandoned", "path": path_number(*id), "by": by, "code": code})
        }
        PathEvent::Discarded { id, .. } => json!({"event": "path_discarded", "path": path_number(*id)}),
        PathEvent::RemoteStatus { id, status, .. } => {
            json!({"event": "path_status", "path": path_number(*id), "status": status_name(*status)})
        }
        PathEvent::ObservedAddr { id, addr, .. } => {
            json!({"event": "observed_addr", "path": path_number(*id), "addr": addr.to_string()})
        }
        _ => json!({"event": "path_other"}),
    }
}

fn status_name(status: PathStatus) -> &'static str {
    match status {
        PathStatus::Available => "available",
        PathStatus::Backup => "backup",
    }
}

fn status_of(request: &Value) -> PathStatus {
    if request["status"] == "backup" { PathStatus::Backup } else { PathStatus::Available }
}

fn path_of(connection: &Connection, request: &Value) -> Result<Path, Failure> {
    let id = PathId::from(u32::try_from(number(request, "path")?)?);
    connection.path(id).ok_or_else(|| "no such path".into())
}

/// {"remote": "IP:PORT", "local": "IP", "status": "available"}: completes when the path is validated. Waits for the
/// peer's connection ids if they are still on their way.
async fn open_path(connection: &Connection, request: &Value) -> Result<Members, Failure> {
    let remote: SocketAddr = request["remote"].as_str().ok_or("no remote")?.parse()?;
    let local: Option<IpAddr> = request["local"].as_str().map(str::parse).transpose()?;
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        match connection.open_path(FourTuple::new(remote, local), status_of(request)).await {
            Err(PathError::RemoteCidsExhausted) if Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(5)).await
            }
            result => return Ok(members(json!({"path": path_number(result?.id())}))),
        }
    }
}

fn paths(connection: &Connection) -> Value {
    const HIGHEST: u32 = 64;
    (0..HIGHEST).filter_map(|id| connection.path(PathId::from(id))).map(|path| describe_path(&path)).collect()
}

fn describe_path(path: &Path) -> Value {
    let stats = path.stats();
    json!({
        "path": path_number(path.id()),
        "remote": path.remote_address().ok().map(|addr| addr.to_string()),
        "local": path.local_ip().ok().flatten().map(|ip| ip.to_string()),
        "status": path.status().ok().map(status_name),
        "tx_bytes": stats.udp_tx.bytes,
        "rx_bytes": stats.udp_rx.bytes,
        "mtu": stats.current_mtu,
    })
}

fn frames(stats: &FrameStats) -> Value {
    json!({
        "acks": stats.acks, "path_acks": stats.path_acks, "ack_frequency": stats.ack_frequency,
        "immediate_ack": stats.immediate_ack, "handshake_done": stats.handshake_done,
        "max_streams_bidi": stats.max_streams_bidi, "streams_blocked_bidi": stats.streams_blocked_bidi,
        "new_connection_id": stats.new_connection_id, "path_new_connection_id": stats.path_new_connection_id,
        "retire_connection_id": stats.retire_connection_id, "path_retire_connection_id": stats.path_retire_connection_id,
        "new_token": stats.new_token, "path_challenge": stats.path_challenge, "path_response": stats.path_response,
        "ping": stats.ping, "reset_stream": stats.reset_stream, "stop_sending": stats.stop_sending,
        "observed_addr": stats.observed_addr, "path_abandon": stats.path_abandon,
        "path_status_available": stats.path_status_available, "path_status_backup": stats.path_status_backup,
        "max_path_id": stats.max_path_id, "paths_blocked": stats.paths_blocked,
        "path_cids_blocked": stats.path_cids_blocked, "add_address": stats.add_address,
        "reach_out": stats.reach_out, "remove_address": stats.remove_address, "datagram": stats.datagram,
        "stream": stats.stream, "data_blocked": stats.data_blocked, "stream_data_blocked": stats.stream_data_blocked,
    })
}

fn stats(peer: &Peer, connection: &Connection) -> Members {
    let stats = connection.stats();
    members(json!({
        "sent_packets": stats.sent_packets, "lost_packets": stats.lost_packets,
        "resumed": peer.identity.resumed.load(Ordering::Relaxed), "multipath": connection.is_multipath_enabled(),
        "tx": frames(&stats.frame_tx), "rx": frames(&stats.frame_rx), "paths": paths(connection),
    }))
}

/// All sockets of the endpoint are replaced by a new one on the same address, with another port.
fn rebind(peer: &Peer) -> Result<Members, Failure> {
    let ip = peer.endpoint.local_addr()?.ip();
    peer.endpoint.rebind(UdpSocket::bind((ip, 0))?)?;
    Ok(members(json!({"addr": peer.endpoint.local_addr()?.to_string()})))
}

/// Nothing if the operation is none of these.
pub async fn operation(peer: &Arc<Peer>, request: &Value) -> Result<Option<Members>, Failure> {
    let done = |()| Members::new();
    let addr = || -> Result<SocketAddr, Failure> { Ok(request["addr"].as_str().ok_or("no addr")?.parse()?) };
    let connection = || peer.connection();
    let result = match request["op"].as_str().unwrap_or_default() {
        "open_path" => open_path(&connection()?, request).await?,
        "close_path" => done(path_of(&connection()?, request)?.close()?),
        "set_path_status" => {
            path_of(&connection()?, request)?.set_status(status_of(request))?;
            Members::new()
        }
        "ping_path" => done(path_of(&connection()?, request)?.ping()?),
        "paths" => members(json!({"paths": paths(&connection()?)})),
        "stats" => stats(peer, &connection()?),
        "key_update" => done(connection()?.force_key_update()),
        "network_change" => done(peer.endpoint.handle_network_change(None)),
        "rebind" => rebind(peer)?,
        "add_address" => done(connection()?.add_nat_traversal_address(addr()?)?),
        "remove_address" => done(connection()?.remove_nat_traversal_address(addr()?)?),
        "nat_addresses" => members(json!({"addrs": texts(connection()?.get_remote_nat_traversal_addresses()?)})),
        "nat_round" => members(json!({"addrs": texts(connection()?.initiate_nat_traversal_round()?)})),
        _ => return Ok(None),
    };
    Ok(Some(result))
}

fn texts(addrs: Vec<SocketAddr>) -> Vec<String> {
    addrs.iter().map(SocketAddr::to_string).collect()
}
