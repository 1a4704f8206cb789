//! A snapshot on disk: whole or not at all. Written beside, synced, renamed; read only when its checksum agrees.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::timestamp::Timestamp;
use crate::publish::document::{Document, Kind};
use crate::publish::snapshot::{Made, Snapshot};

/// First bytes of the file; the digit is the layout's version, and another version is not read.
const MAGIC: &[u8; 16] = b"allclear-shown 1";
const DIGEST_LEN: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("no snapshot is kept")]
    Missing,
    #[error("the kept snapshot is damaged: {0}")]
    Damaged(&'static str),
    #[error("the kept snapshot has another layout")]
    OtherVersion,
    #[error("snapshot file: {0}")]
    Io(#[from] io::Error),
}

/// Where the snapshot before this one stays.
pub(super) fn previous(path: &Path) -> PathBuf {
    path.with_extension("previous.bin")
}

pub(super) fn write(snapshot: &Snapshot, path: &Path) -> Result<(), FileError> {
    let payload = encode(snapshot);
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(MAGIC)?;
    file.write_all(digest(&SHA256, &payload).as_ref())?;
    file.write_all(&payload)?;
    file.sync_all()?;
    drop(file);
    match fs::rename(path, previous(path)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    fs::rename(&beside, path)?;
    sync_directory(path)
}

pub(super) fn read(path: &Path) -> Result<Snapshot, FileError> {
    let bytes = fs::read(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            FileError::Missing
        } else {
            error.into()
        }
    })?;
    let (magic, rest) = bytes
        .split_first_chunk::<16>()
        .ok_or(FileError::Damaged("too short"))?;
    if magic != MAGIC {
        return Err(FileError::OtherVersion);
    }
    let (sum, payload) = rest
        .split_first_chunk::<DIGEST_LEN>()
        .ok_or(FileError::Damaged("too short"))?;
    if digest(&SHA256, payload).as_ref() != sum {
        return Err(FileError::Damaged("the checksum differs"));
    }
    decode(payload).ok_or(FileError::Damaged("the content ends early"))
}

/// The rename itself is durable only once the directory is.
fn sync_directory(path: &Path) -> Result<(), FileError> {
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn encode(snapshot: &Snapshot) -> Vec<u8> {
    let mut out = Vec::new();
    for number in [
        snapshot.generated_at.as_millis(),
        snapshot.valid_until.as_millis(),
        snapshot.seq,
    ] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    for (path, document) in snapshot.documents() {
        put(&mut out, path.as_bytes());
        out.push(document.kind.number());
        put(&mut out, &document.identity.bytes);
        for body in [&document.gzip, &document.brotli] {
            put(&mut out, body.as_ref().map_or(&[][..], |body| &body.bytes));
        }
    }
    out
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn decode(payload: &[u8]) -> Option<Snapshot> {
    let mut rest = payload;
    let made = Made {
        at: Timestamp::from_millis(take_number(&mut rest)?),
        valid_until: Timestamp::from_millis(take_number(&mut rest)?),
        seq: take_number(&mut rest)?,
    };
    let mut documents = HashMap::new();
    while !rest.is_empty() {
        let path = String::from_utf8(take(&mut rest)?).ok()?;
        let (kind, after) = rest.split_first()?;
        rest = after;
        let kind = Kind::from_number(*kind)?;
        let identity = take(&mut rest)?;
        let gzip = Some(take(&mut rest)?).filter(|bytes| !bytes.is_empty());
        let brotli = Some(take(&mut rest)?).filter(|bytes| !bytes.is_empty());
        documents.insert(path, Document::from_parts(kind, identity, gzip, brotli));
    }
    Some(Snapshot::new(documents, made))
}

fn take_number(rest: &mut &[u8]) -> Option<i64> {
    let (number, after) = rest.split_first_chunk::<8>()?;
    *rest = after;
    Some(i64::from_le_bytes(*number))
}

fn take(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::document::Effort;

    fn snapshot(seq: i64) -> Snapshot {
        let document = Document::new(Kind::Page, "<p>hello</p>".repeat(50), Effort::Full);
        let made = Made {
            at: Timestamp::from_seconds(60),
            valid_until: Timestamp::from_seconds(180),
            seq,
        };
        Snapshot::new(HashMap::from([("/".to_owned(), document)]), made)
    }

    #[test]
    fn a_snapshot_survives_the_disk() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("snapshot.bin");

        write(&snapshot(7), &path).unwrap();

        assert_eq!(read(&path).unwrap(), snapshot(7));
    }

    #[test]
    fn the_one_before_stays_and_a_damaged_file_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("snapshot.bin");
        write(&snapshot(7), &path).unwrap();
        write(&snapshot(8), &path).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();

        assert!(matches!(read(&path), Err(FileError::Damaged(_))));
        assert_eq!(read(&previous(&path)).unwrap().seq, 7);
        assert_eq!(
            crate::publish::shelf::Shelf::kept(place.path())
                .unwrap()
                .seq,
            7
        );
    }

    #[test]
    fn half_a_file_and_another_version_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("snapshot.bin");
        write(&snapshot(7), &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        for length in [0, 10, 20, 48, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(
                matches!(read(&path), Err(FileError::Damaged(_))),
                "{length}"
            );
        }
        fs::write(&path, [b"allclear-shown 9", &bytes[16..]].concat()).unwrap();
        assert!(matches!(read(&path), Err(FileError::OtherVersion)));
    }

    #[test]
    fn a_directory_that_cannot_be_written_leaves_the_old_file() {
        let place = tempfile::tempdir().unwrap();
        let missing = place.path().join("gone").join("snapshot.bin");

        assert!(matches!(
            write(&snapshot(7), &missing),
            Err(FileError::Io(_))
        ));
        assert!(matches!(read(&missing), Err(FileError::Missing)));
    }
}
