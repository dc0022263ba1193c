// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations on another provider.

use std::net::SocketAddr;
use std::time::Duration;

use iroh::{EndpointAddr, EndpointId};
use iroh_blobs::api::proto::Bitfield;
use iroh_blobs::get::request::{get_chunk_probe, get_hash_seq_and_sizes, get_unverified_size, get_verified_size};
use iroh_blobs::get::{GetError, Stats};
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, GetManyRequest, GetRequest, ObserveRequest, PushRequest};
use n0_future::StreamExt;
use serde_json::{Value, json};

use crate::request::{array, bitfield, content, hash, ranges, text};
use crate::{Failure, Members, Peer, members};

/// As in tools.md: the largest root that the size probe reads.
const MAX_ROOT: u64 = 33_554_432;

pub fn describe(error: &Failure) -> Members {
    let code = error.downcast_ref::<GetError>().and_then(GetError::iroh_error_code).map(u64::from);
    members(json!({"ok": false, "error": format!("{error}"), "detail": format!("{error:?}"), "code": code}))
}

fn stats(stats: &Stats) -> Value {
    json!({
        "payload_read": stats.counters.payload_bytes_read, "other_read": stats.counters.other_bytes_read,
        "other_written": stats.counters.other_bytes_written,
    })
}

impl Peer {
    async fn connect(&self, request: &Value) -> Result<Value, Failure> {
        let id: EndpointId = text(request, "id")?.parse()?;
        let addr: SocketAddr = text(request, "addr")?.parse()?;
        let connection = self.endpoint.connect(EndpointAddr::new(id).with_ip_addr(addr), iroh_blobs::ALPN).await?;
        let number = request["connection"].as_u64().unwrap_or(0);
        self.connections.lock().unwrap().insert(number, connection);
        Ok(json!({}))
    }

    /// Asks for exactly these ranges.
    async fn get(&self, request: &Value) -> Result<Value, Failure> {
        let content = content(request)?;
        let wanted = GetRequest::new(content.hash, ranges(request, request["recursive"] == true)?);
        let result = self.store.remote().execute_get(self.connection(request)?, wanted).complete().await?;
        Ok(stats(&result))
    }

    /// Asks for what is missing here.
    async fn fetch(&self, request: &Value) -> Result<Value, Failure> {
        let connection = self.connection(request)?;
        let result = self.store.remote().fetch(connection, content(request)?).complete().await?;
        Ok(stats(&result))
    }

    async fn get_many(&self, request: &Value) -> Result<Value, Failure> {
        let hashes = array(request, "hashes")?.iter().map(hash).collect::<Result<Vec<_>, _>>()?;
        let wanted = GetManyRequest::new(hashes, ranges(request, true)?);
        let result = self.store.remote().execute_get_many(self.connection(request)?, wanted).complete().await?;
        Ok(stats(&result))
    }

    /// Without acknowledgement, as the protocol has none.
    async fn push(&self, request: &Value) -> Result<Value, Failure> {
        let content = content(request)?;
        let what = PushRequest::new(content.hash, ranges(request, request["recursive"] == true)?);
        self.store.remote().execute_push(self.connection(request)?, what).complete().await?;
        Ok(json!({}))
    }

    /// Until the blob is complete at the provider, or so many items came, or the provider ends it.
    async fn observe(&self, request: &Value) -> Result<Value, Failure> {
        let wanted = ObserveRequest::new(hash(&request["hash"])?);
        let limit = request["items"].as_u64().unwrap_or(u64::MAX);
        let stream = self.store.remote().observe(self.connection(request)?, wanted);
        tokio::pin!(stream);
        let (mut known, mut items) = (Bitfield::empty(), 0);
        while items < limit && !known.is_complete() {
            match stream.next().await {
                Some(Ok(item)) => known.update(&item),
                Some(Err(error)) if items == 0 => return Err(error.into()),
                _ => break,
            };
            items += 1;
        }
        Ok(json!({"items": items, "bitfield": bitfield(&known)}))
    }

    async fn sizes(&self, request: &Value) -> Result<Value, Failure> {
        let root = hash(&request["hash"])?;
        let (hashes, sizes) = get_hash_seq_and_sizes(&self.connection(request)?, &root, MAX_ROOT, None).await?;
        let hashes: Vec<String> = hashes.iter().map(|hash| hash.to_string()).collect();
        Ok(json!({"hashes": hashes, "sizes": sizes.to_vec()}))
    }

    async fn probe(&self, request: &Value) -> Result<Value, Failure> {
        let (connection, blob) = (self.connection(request)?, hash(&request["hash"])?);
        if let Some(chunk) = request["chunk"].as_u64() {
            // The type of chunk numbers is not among the crate's own names.
            let chunk = ChunkRanges::chunks(chunk..).boundaries()[0];
            return Ok(stats(&get_chunk_probe(&connection, &blob, chunk).await?));
        }
        let (claimed, _) = get_unverified_size(&connection, &blob).await?;
        let (verified, _) = get_verified_size(&connection, &blob).await?;
        Ok(json!({"claimed": claimed, "verified": verified}))
    }

    fn close(&self, request: &Value) -> Result<Value, Failure> {
        self.connection(request)?.close(0u32.into(), b"");
        Ok(json!({}))
    }
}

pub async fn operation(peer: &Peer, request: &Value) -> Result<Option<Members>, Failure> {
    let seconds = request["seconds"].as_u64().unwrap_or(60);
    let run = async {
        Ok::<_, Failure>(Some(match text(request, "op")? {
            "connect" => peer.connect(request).await?,
            "get" => peer.get(request).await?,
            "fetch" => peer.fetch(request).await?,
            "get_many" => peer.get_many(request).await?,
            "push" => peer.push(request).await?,
            "observe" => peer.observe(request).await?,
            "sizes" => peer.sizes(request).await?,
            "probe" => peer.probe(request).await?,
            "close" => peer.close(request)?,
            _ => return Ok(None),
        }))
    };
    let result = tokio::time::timeout(Duration::from_secs(seconds), run).await.map_err(|_| "timed out")??;
    Ok(result.map(members))
}
