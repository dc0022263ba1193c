// SPDX-License-Identifier: MIT OR Apache-2.0
//! Members of an operation: hashes, and sets of chunks as `[[first, end], ...]` with null for no end.

use iroh_blobs::api::proto::Bitfield;
use iroh_blobs::protocol::{ChunkRanges, ChunkRangesExt, ChunkRangesSeq};
use iroh_blobs::{BlobFormat, Hash, HashAndFormat};
use serde_json::{Value, json};

use crate::Failure;

pub fn text<'a>(request: &'a Value, name: &str) -> Result<&'a str, Failure> {
    request[name].as_str().ok_or_else(|| format!("member {name} is missing").into())
}

pub fn array<'a>(request: &'a Value, name: &str) -> Result<&'a Vec<Value>, Failure> {
    request[name].as_array().ok_or_else(|| format!("member {name} is missing").into())
}

pub fn hash(value: &Value) -> Result<Hash, Failure> {
    value.as_str().ok_or("a hash is missing")?.parse().map_err(|_| "not a hash".into())
}

/// The member `recursive` makes it a hash sequence.
pub fn content(request: &Value) -> Result<HashAndFormat, Failure> {
    let format = if request["recursive"] == true { BlobFormat::HashSeq } else { BlobFormat::Raw };
    Ok(HashAndFormat::new(hash(&request["hash"])?, format))
}

fn chunk_ranges(value: &Value) -> Result<ChunkRanges, Failure> {
    let mut ranges = ChunkRanges::empty();
    for pair in value.as_array().ok_or("ranges are arrays of arrays of pairs")? {
        let first = pair[0].as_u64().ok_or("a range begins with a number")?;
        ranges |= match pair[1].as_u64() {
            Some(end) => ChunkRanges::chunks(first..end),
            None => ChunkRanges::chunks(first..),
        };
    }
    Ok(ranges)
}

/// The member `ranges`: one set for each position; with `forever` the last one holds for all that follow. Without it,
/// everything of the content.
pub fn ranges(request: &Value, is_recursive: bool) -> Result<ChunkRangesSeq, Failure> {
    let Some(sets) = request["ranges"].as_array() else {
        return Ok(if is_recursive { ChunkRangesSeq::all() } else { ChunkRangesSeq::root() });
    };
    let sets = sets.iter().map(chunk_ranges).collect::<Result<Vec<_>, _>>()?;
    Ok(match request["forever"] == true {
        true => ChunkRangesSeq::from_ranges_infinite(sets),
        false => ChunkRangesSeq::from_ranges(sets),
    })
}

pub fn bitfield(value: &Bitfield) -> Value {
    let bounds: Vec<u64> = value.ranges.boundaries().iter().map(|bound| bound.0).collect();
    let pairs: Vec<Value> = bounds.chunks(2).map(|pair| json!([pair[0], pair.get(1)])).collect();
    json!({"size": value.size(), "ranges": pairs, "complete": value.is_complete()})
}
