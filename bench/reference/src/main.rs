// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bench protocol with the reference implementation: the other side of `./dev bench transport`.
//! Relays and address lookup are off. Command line and output: bench/reference/README.md.

mod client;
mod options;
mod protocol;
mod server;

use options::{HELP, Options};
use protocol::Outcome;

async fn run() -> Outcome<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    match options.word(0)? {
        "server" => server::serve(options.bind().await?).await,
        "client" => client::run(options).await,
        _ => Err(HELP.into()),
    }
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|word| word == "--help" || word == "-h") {
        println!("{HELP}");
        return;
    }
    if let Err(error) = run().await {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}
