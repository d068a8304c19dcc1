//! Values of any size in a tree that is only safe for small ones.
//!
//! sled writes a page of its tree that has grown beyond 128 KB to a file of its own, which it never syncs. A page
//! holds up to some twenty entries, so that it is the entries that must stay small: a value is cut into chunks of
//! 4 KB under one key each, the value's key followed by the chunk's number in four bytes.
//!
//! The first chunk begins with a header: the format's version (one byte), the length of the payload and a CRC-32 over
//! key and payload (four bytes each). What does not agree with its header is reported and never handed out.

use sled::{Batch, IVec, Tree};

use super::StoreError;

/// The most bytes under one key. Twenty of them must stay well below 128 KB.
pub(super) const CHUNK: usize = 4096;

/// The bytes before the payload.
pub(super) const HEADER: usize = 9;

/// The form in which this program writes values. An older form that is still on people's disks must stay readable.
const VERSION: u8 = 1;

/// Puts a value into a batch in place of the one that the tree holds under the key, if any.
pub(super) fn put(tree: &Tree, batch: &mut Batch, key: &[u8], payload: &[u8]) -> Result<(), StoreError> {
    let former = match tree.get(chunk_key(key, 0))? {
        Some(first) => chunks(HEADER + Header::read(key, &first)?.length),
        None => 0,
    };
    let framed = frame(key, payload)?;
    for (number, chunk) in (0..).zip(framed.chunks(CHUNK)) {
        let place = chunk_key(key, number);
        let unchanged = number < former && tree.get(&place)?.is_some_and(|there| there == chunk);
        if !unchanged {
            batch.insert(place, chunk);
        }
    }
    for number in chunks(framed.len())..former {
        batch.remove(chunk_key(key, number));
    }
    Ok(())
}

/// Takes the value under a key away.
pub(super) fn remove(tree: &Tree, batch: &mut Batch, key: &[u8]) -> Result<(), StoreError> {
    if let Some(first) = tree.get(chunk_key(key, 0))? {
        for number in 0..chunks(HEADER + Header::read(key, &first)?.length) {
            batch.remove(chunk_key(key, number));
        }
    }
    Ok(())
}

/// Puts a value into a batch under a key that is known to be new.
pub(super) fn put_new(batch: &mut Batch, key: &[u8], payload: &[u8]) -> Result<(), StoreError> {
    for (number, chunk) in (0..).zip(frame(key, payload)?.chunks(CHUNK)) {
        batch.insert(chunk_key(key, number), chunk);
    }
    Ok(())
}

/// The value under a key.
pub(super) fn get(tree: &Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(first) = tree.get(chunk_key(key, 0))? else {
        return Ok(None);
    };
    let count = chunks(HEADER + Header::read(key, &first)?.length);
    let mut framed = first.to_vec();
    for number in 1..count {
        let Some(chunk) = tree.get(chunk_key(key, number))? else {
            return Err(broken(key, "a part of it is missing"));
        };
        framed.extend_from_slice(&chunk);
    }
    unframe(key, framed).map(Some)
}

/// The beginning of the value under a key, not checked against its checksum: at most what the first chunk holds.
pub(super) fn peek(tree: &Tree, key: &[u8]) -> Result<Option<IVec>, StoreError> {
    let Some(first) = tree.get(chunk_key(key, 0))? else {
        return Ok(None);
    };
    Header::read(key, &first)?;
    Ok(Some(first.subslice(HEADER, first.len() - HEADER)))
}

/// A value with its key.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// The first values whose keys lie from the first bound to before the second.
pub(super) fn scan(
    tree: &Tree,
    (from, to): (Vec<u8>, Vec<u8>),
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    let mut open: Option<Entry> = None;
    if from >= to || limit == 0 {
        return Ok(found);
    }
    for entry in tree.range(from..to) {
        let (place, chunk) = entry?;
        let Some((key, number)) = place
            .split_last_chunk()
            .map(|(key, n)| (key, u32::from_be_bytes(*n)))
        else {
            return Err(broken(&place, "its key is too short"));
        };
        match &mut open {
            // The chunk's place needs no check of its own: the checksum covers the order.
            Some((of, framed)) if of == key => framed.extend_from_slice(&chunk),
            _ => {
                if let Some((of, framed)) = open.take() {
                    let payload = unframe(&of, framed)?;
                    found.push((of, payload));
                }
                if found.len() == limit {
                    return Ok(found);
                }
                if number != 0 {
                    return Err(broken(key, "its beginning is missing"));
                }
                open = Some((key.to_vec(), chunk.to_vec()));
            }
        }
    }
    if let Some((of, framed)) = open {
        let payload = unframe(&of, framed)?;
        found.push((of, payload));
    }
    Ok(found)
}

struct Header {
    length: usize,
    checksum: u32,
}

impl Header {
    fn read(key: &[u8], framed: &[u8]) -> Result<Header, StoreError> {
        match framed.first_chunk::<HEADER>() {
            Some(&[VERSION, a, b, c, d, e, f, g, h]) => Ok(Header {
                length: u32::from_be_bytes([a, b, c, d]) as usize,
                checksum: u32::from_be_bytes([e, f, g, h]),
            }),
            Some([version, ..]) => Err(broken(
                key,
                &format!("this program does not know its format {version}"),
            )),
            None => Err(broken(key, "it is cut short")),
        }
    }
}

fn frame(key: &[u8], payload: &[u8]) -> Result<Vec<u8>, StoreError> {
    let length = u32::try_from(payload.len()).map_err(|_| StoreError::TooLarge {
        limit: super::APPEND_LIMIT,
    })?;
    let mut framed = Vec::with_capacity(HEADER + payload.len());
    framed.push(VERSION);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(&checksum(key, payload).to_be_bytes());
    framed.extend_from_slice(payload);
    Ok(framed)
}

fn unframe(key: &[u8], mut framed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    let header = Header::read(key, &framed)?;
    framed.drain(..HEADER);
    if framed.len() != header.length {
        return Err(broken(key, "it does not have the length it should have"));
    }
    if checksum(key, &framed) != header.checksum {
        return Err(broken(key, "its checksum does not agree with it"));
    }
    Ok(framed)
}

fn chunks(framed: usize) -> u32 {
    u32::try_from(framed.div_ceil(CHUNK)).unwrap_or(u32::MAX)
}

/// Where a chunk of the value under a key lies.
pub(super) fn chunk_key(key: &[u8], number: u32) -> Vec<u8> {
    let mut place = Vec::with_capacity(key.len() + 4);
    place.extend_from_slice(key);
    place.extend_from_slice(&number.to_be_bytes());
    place
}

fn broken(key: &[u8], what: &str) -> StoreError {
    StoreError::Broken(format!("value `{}`: {what}", key.escape_ascii()))
}

/// CRC-32 as in ISO 3309, over the key and the payload behind it.
fn checksum(key: &[u8], payload: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    !payload.iter().fold(key.iter().fold(!0, step), step)
}

static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(checksum(b"1234", b"56789"), 0xcbf4_3926);
    }
}
