//! Disks to spoil: file systems of their own, mounted for one test. Needs root and Linux.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, thread};

use tempfile::TempDir;

/// A mounted file system that goes away with this value.
pub struct Disk {
    /// Holds the image and the mount point.
    home: TempDir,
    kind: Kind,
    mounted: bool,
}

#[derive(Clone, Copy)]
pub enum Kind {
    /// ext4 in a file, over a loop device.
    Image,
    /// In memory.
    Memory,
}

impl Disk {
    /// Makes and mounts a file system of so many megabytes, or says why that cannot be done here.
    pub fn new(kind: Kind, megabytes: u64) -> Result<Disk, String> {
        let home = TempDir::new().map_err(|error| error.to_string())?;
        let mut disk = Disk {
            home,
            kind,
            mounted: false,
        };
        fs::create_dir(disk.root()).map_err(|error| error.to_string())?;
        match kind {
            Kind::Image => {
                let image = File::create(disk.image()).map_err(|error| error.to_string())?;
                image
                    .set_len(megabytes << 20)
                    .map_err(|error| error.to_string())?;
                run("mkfs.ext4", &["-q", "-F", &text(&disk.image())])?;
                disk.mount()?;
            }
            Kind::Memory => {
                let size = format!("size={megabytes}m");
                run(
                    "mount",
                    &["-t", "tmpfs", "-o", &size, "tmpfs", &text(&disk.root())],
                )?;
                disk.mounted = true;
            }
        }
        disk.check()?;
        Ok(disk)
    }

    /// Where the file system is mounted.
    pub fn root(&self) -> PathBuf {
        self.home.path().join("root")
    }

    /// Cuts the power of an image: nothing that is not yet on it will get there, and its programs get errors.
    pub fn cut_power(&self) -> Result<(), String> {
        const EXT4_IOC_SHUTDOWN: libc::Ioctl = 0x8004_587d_u32 as libc::Ioctl;
        const NO_LOG_FLUSH: u32 = 2;
        // On any other file system this would be a disaster.
        self.check()?;
        let root = File::open(self.root()).map_err(|error| error.to_string())?;
        // SAFETY: the call reads one `u32` from the address given, which is that of a `u32`.
        let result = unsafe { libc::ioctl(root.as_raw_fd(), EXT4_IOC_SHUTDOWN, &NO_LOG_FLUSH) };
        match result {
            0 => Ok(()),
            _ => Err(format!(
                "shutting the file system down: {}",
                io::Error::last_os_error()
            )),
        }
    }

    /// Takes an image out and puts it back in, so that only what is on it remains.
    pub fn remount(&mut self) -> Result<(), String> {
        self.unmount()?;
        self.mount()?;
        self.check()
    }

    fn image(&self) -> PathBuf {
        self.home.path().join("image")
    }

    fn mount(&mut self) -> Result<(), String> {
        run(
            "mount",
            &[
                "-t",
                "ext4",
                "-o",
                "loop",
                &text(&self.image()),
                &text(&self.root()),
            ],
        )?;
        self.mounted = true;
        Ok(())
    }

    fn unmount(&mut self) -> Result<(), String> {
        // A killed process may still be letting go of its files.
        let mut result = Ok(());
        for _ in 0..100 {
            result = run("umount", &[&text(&self.root())]);
            if result.is_ok() {
                self.mounted = false;
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        result
    }

    /// Whether the root really is a file system of its own, of the right kind.
    fn check(&self) -> Result<(), String> {
        let device = |path: &Path| {
            fs::metadata(path)
                .map(|m| m.dev())
                .map_err(|error| error.to_string())
        };
        let mounts = fs::read_to_string("/proc/self/mounts").map_err(|error| error.to_string())?;
        let root = text(&self.root());
        let ours = mounts.lines().any(|line| {
            let words = line.split(' ').collect::<Vec<_>>();
            match self.kind {
                Kind::Image => words[0].starts_with("/dev/loop") && words[1] == root && words[2] == "ext4",
                Kind::Memory => words[1] == root && words[2] == "tmpfs",
            }
        });
        if ours && device(&self.root())? != device(self.home.path())? {
            Ok(())
        } else {
            Err("the mount did not take effect".to_owned())
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted && self.unmount().is_err() {
            let _ = run("umount", &["--lazy", &text(&self.root())]);
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let path = format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap_or_default());
    match Command::new(program).args(args).env("PATH", path).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )),
        Err(error) => Err(format!("{program}: {error}")),
    }
}
