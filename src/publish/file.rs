//! A snapshot on disk: whole or not at all. Written beside, synced, renamed; read only when its checksum agrees.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256, digest};
use bytes::{Buf, Bytes};

use crate::domain::timestamp::Timestamp;
use crate::publish::document::{Document, Kind, Parts};
use crate::publish::snapshot::{Made, Snapshot};

/// First bytes of the file; the digit is the layout's version, and another version is not read.
const MAGIC: &[u8; 16] = b"allclear-shown 2";
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
    // Gone through twice, so that it need not stand in memory a second time.
    let mut sum = Sum(Context::new(&SHA256));
    encode(snapshot, &mut sum)?;
    let beside = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&beside)?);
    file.write_all(MAGIC)?;
    file.write_all(sum.0.finish().as_ref())?;
    encode(snapshot, &mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
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
    let bytes = Bytes::from(bytes);
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
    decode(bytes.slice_ref(payload)).ok_or(FileError::Damaged("the content ends early"))
}

/// The rename itself is durable only once the directory is.
fn sync_directory(path: &Path) -> Result<(), FileError> {
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Adds up what is written.
struct Sum(Context);

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn encode(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    for number in [
        snapshot.generated_at.as_millis(),
        snapshot.valid_until.as_millis(),
        snapshot.seq,
    ] {
        out.write_all(&number.to_le_bytes())?;
    }
    for (path, document) in snapshot.documents() {
        let parts = document.parts();
        out.write_all(&[document.kind.number()])?;
        for part in [
            path.as_bytes(),
            parts.tag.as_bytes(),
            &parts.plain,
            &parts.gzip,
            &parts.brotli,
        ] {
            out.write_all(&(part.len() as u64).to_le_bytes())?;
            out.write_all(part)?;
        }
    }
    Ok(())
}

/// Documents are slices of what was read.
fn decode(mut rest: Bytes) -> Option<Snapshot> {
    let made = Made {
        at: Timestamp::from_millis(rest.try_get_i64_le().ok()?),
        valid_until: Timestamp::from_millis(rest.try_get_i64_le().ok()?),
        seq: rest.try_get_i64_le().ok()?,
    };
    let mut documents = HashMap::new();
    while rest.has_remaining() {
        let kind = Kind::from_number(rest.try_get_u8().ok()?)?;
        let path = take_text(&mut rest)?;
        let parts = Parts {
            tag: take_text(&mut rest)?,
            plain: take(&mut rest)?,
            gzip: take(&mut rest)?,
            brotli: take(&mut rest)?,
        };
        documents.insert(path, Document::from_parts(kind, parts)?);
    }
    Some(Snapshot::new(documents, made))
}

fn take_text(rest: &mut Bytes) -> Option<String> {
    String::from_utf8(take(rest)?.into()).ok()
}

fn take(rest: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(rest.try_get_u64_le().ok()?).ok()?;
    (length <= rest.len()).then(|| rest.split_to(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::document::Effort;

    fn snapshot(seq: i64) -> Snapshot {
        let document = Document::new(Kind::Page, "<p>hello</p>".repeat(50), Effort::Full);
        let single = Document::new(Kind::Page, "<p>single</p>".repeat(50), Effort::Light);
        let made = Made {
            at: Timestamp::from_seconds(60),
            valid_until: Timestamp::from_seconds(180),
            seq,
        };
        Snapshot::new(
            HashMap::from([
                ("/".to_owned(), document),
                ("/components/a".to_owned(), single),
            ]),
            made,
        )
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
