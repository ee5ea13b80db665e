//! A scenario as text: complete, so that it can be run again, and without paths of this machine, so that equal
//! scenarios have equal fingerprints everywhere.

use super::key::KeyPath;
use super::source::Problem;
use super::spec::{PricesSpec, Spec, VenueSpec};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The two texts of a scenario.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    /// Parses to the scenario again from any directory: files absolute, no sweep.
    pub(super) resolved: String,
    /// The same with `sha256:...` of each file's content in place of its path.
    pub(super) fingerprint: String,
}

/// Writes both.
pub(super) fn texts(spec: &Spec, base_dir: &Path) -> Result<Texts, Problem> {
    let mut resolved = spec.clone();
    resolved.sweep.clear();
    let mut fingerprint = resolved.clone();
    for (key, file) in files(&mut resolved) {
        let full = base_dir.join(&*file);
        *file = full.canonicalize().map_err(|error| unreadable(&key, &full, &error))?;
        if file.to_str().is_none() {
            return Err(Problem::new(&key, format!("{} is not written in UTF-8", file.display())));
        }
    }
    for (key, file) in files(&mut fingerprint) {
        let full = base_dir.join(&*file);
        let content = std::fs::read(&full).map_err(|error| unreadable(&key, &full, &error))?;
        *file = PathBuf::from(format!("sha256:{}", hex(&Sha256::digest(&content))));
    }
    let write = |spec: &Spec| toml::to_string(spec).expect("a config can be written as TOML");
    Ok(Texts { resolved: write(&resolved), fingerprint: write(&fingerprint) })
}

/// A file that a key names and that cannot be read.
pub(super) fn unreadable(key: &KeyPath, file: &Path, error: &std::io::Error) -> Problem {
    Problem::new(key, format!("cannot read {}: {}", file.display(), reason(error)))
        .help("files are relative to the config file")
}

/// What the system says, without its error number.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        kind => kind.to_string(),
    }
}

/// Every file that a config names, with its key.
fn files(spec: &mut Spec) -> Vec<(KeyPath, &mut PathBuf)> {
    let root = KeyPath::root();
    let mut files = Vec::new();
    match &mut spec.prices {
        PricesSpec::Gbm(_)
        | PricesSpec::Merton(_)
        | PricesSpec::Kou(_)
        | PricesSpec::Heston(_)
        | PricesSpec::Garch(_)
        | PricesSpec::Regime(_)
        | PricesSpec::Scripted(_) => {}
        PricesSpec::Replay(r) => files.push((KeyPath::dotted("prices.replay.file"), &mut r.file)),
        PricesSpec::Bootstrap(b) => files.push((KeyPath::dotted("prices.bootstrap.file"), &mut b.file)),
    }
    for (name, venue) in &mut spec.venues {
        match venue {
            VenueSpec::Futures(venue) => {
                files.push((root.key("venues").key(name).key("futures").key("brackets"), &mut venue.brackets));
            }
            VenueSpec::Savings(_) | VenueSpec::Issuer(_) | VenueSpec::Amm(_) => {}
        }
    }
    for (i, cohort) in spec.cohorts.iter_mut().enumerate() {
        files.extend(cohort.book.as_mut().map(|book| (root.key("cohorts").key(i).key("book"), book)));
    }
    files
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
}
