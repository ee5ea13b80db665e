//! The life of a run directory: a draft under a temporary name, published by renaming it.
//!
//! The draft is `.partial-<name>-<process>`, a sibling of the final directory and so on the same file system. While its
//! process lives it holds a lock on the file `.lock` in it. A draft that is dropped removes itself; one whose process
//! was killed stays, unlocked, and the next draft in that folder sweeps it away.

use super::{MANIFEST, StoreError};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

const PREFIX: &str = ".partial-";
const LOCK: &str = ".lock";

/// A run directory in the making.
#[derive(Debug)]
pub struct Draft {
    partial: PathBuf,
    target: PathBuf,
    replace: bool,
    /// Held until the draft is published or dropped.
    _lock: File,
}

impl Draft {
    /// Makes an empty draft of `folder/name`. With `replace`, a finished run of that name is replaced on publishing.
    ///
    /// # Errors
    /// If there is a finished run and `replace` is false, something else is in the way, or the folder is not writable.
    pub fn create(folder: &Path, name: &str, replace: bool) -> Result<Self, StoreError> {
        let target = folder.join(name);
        check_target(&target, replace)?;
        let not_writable = |source| StoreError::NotWritable { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(not_writable)?;
        sweep_abandoned(folder);
        let partial = folder.join(format!("{PREFIX}{name}-{}", std::process::id()));
        let lock = claim(&partial).map_err(not_writable)?;
        Ok(Self { partial, target, replace, _lock: lock })
    }

    /// Where to write.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// What it will be called.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the draft its final name.
    ///
    /// # Errors
    /// If a run of that name has been finished in the meantime, or renaming fails.
    pub fn publish(self) -> Result<PathBuf, StoreError> {
        check_target(&self.target, self.replace)?;
        let fault = |source| StoreError::file(&self.target, source);
        let old = self.partial.with_file_name(format!("{PREFIX}replaced-{}", std::process::id()));
        if self.target.exists() {
            std::fs::rename(&self.target, &old).map_err(fault)?;
        }
        std::fs::rename(&self.partial, &self.target).map_err(fault)?;
        // The run is in place. What cannot be tidied up now is harmless and swept away by the next draft.
        let _ = std::fs::remove_file(self.target.join(LOCK));
        let _ = std::fs::remove_dir_all(&old);
        Ok(self.target.clone())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already if published. An error here would hide the one that led here.
        let _ = std::fs::remove_dir_all(&self.partial);
    }
}

/// Whether a directory is a finished run or sweep.
#[must_use]
pub fn is_finished(directory: &Path) -> bool {
    directory.join(MANIFEST).is_file()
}

fn check_target(target: &Path, replace: bool) -> Result<(), StoreError> {
    if !target.exists() {
        return Ok(());
    }
    match (is_finished(target), replace) {
        (true, true) => Ok(()),
        (true, false) => Err(StoreError::Finished(target.to_owned())),
        (false, _) => Err(StoreError::InTheWay(target.to_owned())),
    }
}

/// Removes drafts whose process is gone. What cannot be removed is left: it is in nobody's way.
fn sweep_abandoned(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_abandoned(&entry.path()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A draft is abandoned if nobody holds its lock.
fn is_abandoned(draft: &Path) -> bool {
    File::open(draft.join(LOCK)).map_or(true, |file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Makes the directory and takes its lock. Between the two another process may take it for abandoned and remove it:
/// then it is made again.
fn claim(partial: &Path) -> std::io::Result<File> {
    const ATTEMPTS: usize = 5;
    let mut result = Err(std::io::ErrorKind::NotFound.into());
    for _ in 0..ATTEMPTS {
        std::fs::create_dir_all(partial)?;
        result = File::create(partial.join(LOCK)).and_then(|file| file.lock().map(|()| file));
        match &result {
            Ok(_) if partial.join(LOCK).exists() => return result,
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return result,
            _ => {}
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Draft, PREFIX};
    use crate::store::{MANIFEST, StoreError};

    #[test]
    fn a_dropped_draft_leaves_nothing_and_a_published_one_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        drop(Draft::create(folder.path(), "a", false).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let draft = Draft::create(folder.path(), "a", false).unwrap();
        std::fs::write(draft.path().join(MANIFEST), "{}").unwrap();
        let published = draft.publish().unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["a"]);
        assert_eq!(std::fs::read_dir(published).unwrap().count(), 1, "the lock file is gone");
    }

    #[test]
    fn a_finished_run_is_replaced_only_if_asked() {
        let folder = tempfile::tempdir().unwrap();
        let write = |replace, text: &str| -> Result<(), StoreError> {
            let draft = Draft::create(folder.path(), "a", replace)?;
            std::fs::write(draft.path().join(MANIFEST), text).unwrap();
            draft.publish().map(|_| ())
        };
        write(false, "1").unwrap();
        assert!(matches!(write(false, "2"), Err(StoreError::Finished(_))));
        write(true, "3").unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("a").join(MANIFEST)).unwrap(), "3");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_run_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        assert!(matches!(Draft::create(folder.path(), "a", true), Err(StoreError::InTheWay(_))));
    }

    #[test]
    fn an_abandoned_draft_is_swept_away_and_a_living_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let abandoned = folder.path().join(format!("{PREFIX}x-1"));
        std::fs::create_dir(&abandoned).unwrap();
        std::fs::write(abandoned.join(super::LOCK), "").unwrap();
        let living = Draft::create(folder.path(), "y", false).unwrap();
        assert!(!abandoned.exists());
        let _next = Draft::create(folder.path(), "z", false).unwrap();
        assert!(living.path().exists());
    }
}
