//! The notebooks run from top to bottom, on a run and a sweep made by this build.
//!
//! Needs Python 3 and, the first time, PyPI: a virtual environment is made below `target/` with the pinned packages of
//! `notebooks/requirements.txt`. The notebooks find the runs through the environment variable `REHYPO_OUTPUT`.

use crate::small_run::rehypo;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The run and the sweep that the notebooks look at, small enough for a test.
const RUN: [&str; 6] = ["run", "configs/bfusd_stack.toml", "--paths", "24", "--set", "run.horizon=2d"];
const SWEEP: [&str; 4] = ["sweep", "configs/sweep_reuse_depth.toml", "--paths", "24"];

const EXECUTE: &str = "\
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
where = {'metadata': {'path': sys.argv[2]}}
nbclient.NotebookClient(notebook, timeout=600, kernel_name='python3', resources=where).execute()
";

#[test]
fn notebooks_run_from_top_to_bottom() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("notebooks");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut notebooks: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    notebooks.retain(|file| file.extension().is_some_and(|e| e == "ipynb"));
    notebooks.sort();
    assert!(!notebooks.is_empty(), "no notebooks in {}", folder.display());
    let python = environment(&folder.join("requirements.txt"));
    let output = tempfile::tempdir().unwrap();
    for arguments in [RUN.as_slice(), SWEEP.as_slice()] {
        succeed(rehypo().current_dir(root).args(arguments).arg("--out").arg(output.path()));
    }
    for notebook in notebooks {
        let mut run = Command::new(&python);
        run.args(["-c", EXECUTE]).arg(&notebook).arg(&folder);
        run.env("REHYPO_OUTPUT", output.path()).env("MPLBACKEND", "agg").env("PYTHONDONTWRITEBYTECODE", "1");
        // Kernels leave their traces in the temporary folder, not in the user's home.
        run.env("JUPYTER_DATA_DIR", output.path().join("jupyter")).env("IPYTHONDIR", output.path().join("ipython"));
        succeed(&mut run);
    }
}

/// The Python of an environment with the packages of a requirements file; made again when the file changes.
fn environment(requirements: &Path) -> PathBuf {
    let wanted = std::fs::read_to_string(requirements).unwrap_or_else(|e| panic!("{}: {e}", requirements.display()));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks-environment");
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = home.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) && python.exists() {
        return python;
    }
    let made = Command::new(system_python()).args(["-m", "venv", "--clear"]).arg(&home).output().unwrap();
    assert!(
        made.status.success(),
        "Python 3 cannot make a virtual environment (on Debian: apt install python3-venv):\n{}{}",
        String::from_utf8_lossy(&made.stdout),
        String::from_utf8_lossy(&made.stderr)
    );
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    succeed(Command::new(&python).args(pip).arg(requirements));
    std::fs::write(stamp, wanted).unwrap();
    python
}

fn system_python() -> &'static str {
    const AT_LEAST_3_11: &str = "import sys; sys.exit(sys.version_info < (3, 11))";
    let works = |python: &&str| Command::new(python).args(["-c", AT_LEAST_3_11]).status().is_ok_and(|s| s.success());
    ["python3", "python"].into_iter().find(works).expect("the notebooks need Python 3.11 or later: install python3")
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?} failed:\n{}{}", said(&output.stdout), said(&output.stderr));
}
