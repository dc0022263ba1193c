// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operations on the store of this process.

use std::path::PathBuf;

use iroh::EndpointAddr;
use iroh_blobs::BlobFormat;
use iroh_blobs::api::blobs::{AddPathOptions, BlobStatus, ImportMode};
use iroh_blobs::format::collection::Collection;
use iroh_blobs::ticket::BlobTicket;
use serde_json::{Value, json};

use crate::request::{array, bitfield, content, hash, text};
use crate::{Failure, Members, Peer, members};

/// Byte i is i mod 251.
fn pattern(size: u64) -> Vec<u8> {
    (0..size).map(|i| (i % 251) as u8).collect()
}

impl Peer {
    async fn add_bytes(&self, request: &Value) -> Result<Value, Failure> {
        let data = match request["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => pattern(request["bytes"].as_u64().ok_or("member bytes or text is missing")?),
        };
        let tag = self.store.add_bytes(data).temp_tag().await?;
        let hash = tag.hash().to_string();
        self.kept.lock().unwrap().push(tag);
        Ok(json!({"hash": hash}))
    }

    async fn add_path(&self, path: PathBuf, is_copy: bool) -> Result<iroh_blobs::Hash, Failure> {
        let mode = if is_copy { ImportMode::Copy } else { ImportMode::TryReference };
        let options = AddPathOptions { path, mode, format: BlobFormat::Raw };
        let tag = self.store.add_path_with_opts(options).temp_tag().await?;
        let hash = tag.hash();
        self.kept.lock().unwrap().push(tag);
        Ok(hash)
    }

    /// `entries`: pairs of a name and a path, in the order of the collection.
    async fn add_collection(&self, request: &Value) -> Result<Value, Failure> {
        let mut collection = Collection::default();
        for entry in array(request, "entries")? {
            let name = entry[0].as_str().ok_or("an entry is a name and a path")?;
            let path = entry[1].as_str().ok_or("an entry is a name and a path")?;
            let hash = self.add_path(path.into(), request["copy"] == true).await?;
            collection.push(name.to_owned(), hash);
        }
        let tag = collection.store(&self.store).await?;
        let hash = tag.hash().to_string();
        self.kept.lock().unwrap().push(tag);
        Ok(json!({"hash": hash}))
    }

    async fn collection(&self, request: &Value) -> Result<Value, Failure> {
        let collection = Collection::load(hash(&request["hash"])?, &self.store).await?;
        let entries: Vec<Value> = collection.iter().map(|(name, hash)| json!([name, hash.to_string()])).collect();
        Ok(json!({"entries": entries}))
    }

    async fn status(&self, request: &Value) -> Result<Value, Failure> {
        let hash = hash(&request["hash"])?;
        let (status, size) = match self.store.status(hash).await? {
            BlobStatus::NotFound => ("none", None),
            BlobStatus::Partial { size } => ("partial", size),
            BlobStatus::Complete { size } => ("complete", Some(size)),
        };
        let present = self.store.observe(hash).await?;
        Ok(json!({"status": status, "size": size, "bitfield": bitfield(&present)}))
    }

    async fn export(&self, request: &Value) -> Result<Value, Failure> {
        let size = self.store.export(hash(&request["hash"])?, text(request, "path")?).finish().await?;
        Ok(json!({"size": size}))
    }

    fn ticket(&self, request: &Value) -> Result<Value, Failure> {
        let addrs = self.endpoint.bound_sockets().into_iter().map(iroh::TransportAddr::Ip);
        let addr = EndpointAddr::new(self.endpoint.id()).with_addrs(addrs);
        let content = content(request)?;
        Ok(json!({"ticket": BlobTicket::new(addr, content.hash, content.format).to_string()}))
    }
}

pub async fn operation(peer: &Peer, request: &Value) -> Result<Option<Members>, Failure> {
    let result = match text(request, "op")? {
        "add_bytes" => peer.add_bytes(request).await?,
        "add_path" => {
            let hash = peer.add_path(text(request, "path")?.into(), request["copy"] == true).await?;
            json!({"hash": hash.to_string()})
        }
        "add_collection" => peer.add_collection(request).await?,
        "collection" => peer.collection(request).await?,
        "status" => peer.status(request).await?,
        "export" => peer.export(request).await?,
        "ticket" => peer.ticket(request)?,
        _ => return Ok(None),
    };
    Ok(Some(members(result)))
}
