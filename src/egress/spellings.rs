//! Many spellings of addresses nobody may reach, each put to the guard as a URL and as a bare host.
//!
//! A spelling passes when the URL parser refuses it, when the guard refuses the literal it stands for, or when
//! the address it resolves to is refused. It fails only when an address comes out that would be dialled.

use std::time::Duration;

use url::Url;

use super::{Policy, Resolver, guarded_client};

/// Spellings that a URL parser may read as an IPv4 address.
fn spellings_of(address: [u8; 4]) -> Vec<String> {
    let [a, b, c, d] = address;
    let number = u32::from_be_bytes(address);
    let low16 = number & 0xffff;
    let low24 = number & 0x00ff_ffff;
    let wide = |text: &str| -> String {
        text.chars()
            .map(|letter| match letter {
                '0'..='9' => char::from_u32(u32::from(letter) - 0x30 + 0xff10).unwrap(),
                '.' => '\u{3002}',
                other => other,
            })
            .collect()
    };
    let dotted = format!("{a}.{b}.{c}.{d}");
    vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{number}"),
        format!("{number:#x}"),
        format!("{number:#X}"),
        format!("0{number:o}"),
        format!("0x{number:016x}"),
        format!("{a}.{low24}"),
        format!("{a}.{b}.{low16}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.000{b:o}.000{c:o}.000{d:o}"),
        format!("{a:#x}.{low24}"),
        format!("0{a:o}.{b}.{low16:#x}"),
        format!("{a}.{b:#x}.0{c:o}.{d}"),
        wide(&dotted),
        dotted.replace('.', "\u{ff0e}"),
        dotted.replace('.', "\u{ff61}"),
        dotted.replace('.', "%2e"),
        format!("example.com@{dotted}"),
        format!("user:password@{dotted}"),
        format!("{dotted}:80"),
        format!("{dotted}\\@example.com"),
        format!("[::ffff:{dotted}]"),
        format!("[::ffff:{:x}:{:x}]", number >> 16, low16),
        format!("[0:0:0:0:0:ffff:{dotted}]"),
        format!("[::{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[2002:{:x}:{:x}::1]", number >> 16, low16),
        format!(
            "[2001:0:c000:201:0:0:{:x}:{:x}]",
            !number >> 16,
            !number & 0xffff
        ),
        format!("[2600:db8::5efe:{dotted}]"),
        format!("[2600:db8::200:5efe:{dotted}]"),
    ]
}

const FORBIDDEN_V4: [[u8; 4]; 8] = [
    [127, 0, 0, 1],
    [169, 254, 169, 254],
    [10, 0, 0, 1],
    [172, 16, 0, 1],
    [192, 168, 1, 1],
    [100, 64, 0, 1],
    [0, 0, 0, 0],
    [168, 63, 129, 16],
];

const OTHERS: [&str; 28] = [
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::1%25lo]",
    "[::1%lo]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[febf::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[2001:10::1]",
    "[100::1]",
    "[64:ff9b:1::1]",
    "[4000::1]",
    "localhost",
    "LOCALHOST",
    "LocalHost",
    "127.1",
    "127.0.1",
    "0",
    "0x0",
];

fn all() -> Vec<String> {
    let mut hosts: Vec<String> = FORBIDDEN_V4.into_iter().flat_map(spellings_of).collect();
    hosts.extend(OTHERS.map(str::to_owned));
    hosts
}

/// What would be dialled for `http://host/`.
async fn dialled(host: &str) -> Option<String> {
    let client = guarded_client(Policy::public_only(), Duration::from_secs(1)).unwrap();
    let url = Url::parse(&format!("http://{host}/")).ok()?;
    client.judge(&url).ok()?;
    resolved(url.host_str()?).await
}

/// What would be dialled for the bare host, as a TCP check has it.
async fn resolved(host: &str) -> Option<String> {
    Resolver::default()
        .resolve(host, 80, &Policy::public_only())
        .await
        .ok()
        .map(|found| format!("{found:?}"))
}

#[tokio::test]
async fn no_spelling_of_a_forbidden_address_gets_past_the_guard() {
    let hosts = all();
    assert!(hosts.len() >= 200, "{}", hosts.len());

    for host in &hosts {
        assert_eq!(dialled(host).await, None, "as a URL: {host}");
    }
}

#[tokio::test]
async fn a_bare_host_in_any_number_system_is_judged_after_it_is_read() {
    for host in FORBIDDEN_V4
        .into_iter()
        .flat_map(|address| spellings_of(address).into_iter().take(15))
    {
        assert_eq!(resolved(&host).await, None, "{host}");
    }
    for host in OTHERS {
        assert_eq!(resolved(host).await, None, "{host}");
    }
}

#[test]
fn only_http_is_spoken_and_no_credentials_ride_in_the_address() {
    let client = guarded_client(Policy::with_any_private(), Duration::from_secs(1)).unwrap();
    for url in [
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "data:text/plain,hello",
        "unix:/run/docker.sock",
        "ws://example.com/",
        "javascript:alert(1)",
        "http://user@example.com/",
        "https://user:password@example.com/",
        "https://:password@example.com/",
    ] {
        assert!(client.judge(&Url::parse(url).unwrap()).is_err(), "{url}");
    }
}
