//! Reports as files. A file appears under its name whole or not at all, and is on disk then.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::{Answer, Parcel, Verdict};

/// Puts a report into a folder. That it is there already is as good.
pub(super) fn put(folder: &Path, parcel: &Parcel) -> Verdict {
    match write(folder, parcel) {
        Ok(()) => Verdict::Accepted(Answer::default()),
        Err(error) => Verdict::Later {
            answer: Answer {
                status: None,
                text: error.to_string(),
            },
            after: None,
            all: true,
        },
    }
}

fn write(folder: &Path, parcel: &Parcel) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let place = folder.join(&parcel.name);
    if fs::read(&place).is_ok_and(|there| there == parcel.bytes) {
        // It may have been renamed a moment before a power cut.
        return sync(folder);
    }
    let draft = folder.join(format!(".{}.part", parcel.name));
    let mut file = File::create(&draft)?;
    file.write_all(&parcel.bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&draft, &place)?;
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(bytes: &str) -> Parcel {
        Parcel {
            report: "r".to_owned(),
            name: "1.json".to_owned(),
            media_type: "application/json".to_owned(),
            bytes: bytes.into(),
        }
    }

    #[test]
    fn a_report_is_there_once_however_often_it_is_put() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        for _ in 0..2 {
            assert_eq!(put(&folder, &parcel("{}")), Verdict::Accepted(Answer::default()));
        }
        let names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["1.json"]);
        assert_eq!(fs::read(folder.join("1.json")).unwrap(), b"{}");
    }

    #[test]
    fn what_a_power_cut_left_half_written_is_written_again() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".1.json.part"), "{").unwrap();
        fs::write(dir.path().join("1.json"), "").unwrap();
        put(dir.path(), &parcel("{}"));
        assert_eq!(fs::read(dir.path().join("1.json")).unwrap(), b"{}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_tried_later() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(
            put(&file, &parcel("{}")),
            Verdict::Later { all: true, .. }
        ));
    }
}
