//! Which addresses may be dialled. A judgment of an IP address, and of nothing else: names are resolved first.
//!
//! Deny by default: IPv6 outside `2000::/3` and every special range is refused unless an operator allows it.
//! Link-local addresses and the metadata services of clouds are refused whatever an operator allows, because
//! no status page has business there and one answer from them is a credential.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// What may be dialled beyond the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Networks allowed by name.
    pub allow: Vec<IpNet>,
    /// Loopback, RFC 1918, shared (100.64/10) and unique local addresses are allowed.
    pub any_private: bool,
}

/// The address may not be dialled. The text names no rule: it may reach the person who chose the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the destination is not allowed")]
pub struct Denied {
    /// For the operator's log.
    pub address: IpAddr,
    pub why: &'static str,
}

/// An entry of `allow_networks` is neither a network nor `any-private`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network: write 10.0.0.0/8, fd00::/8, one address, or any-private")]
pub struct NotANetwork(pub String);

impl Policy {
    /// The public internet alone.
    #[must_use]
    pub fn public_only() -> Self {
        Self::default()
    }

    /// The public internet, and private and loopback addresses.
    #[must_use]
    pub fn with_any_private() -> Self {
        Self {
            allow: Vec::new(),
            any_private: true,
        }
    }

    /// Reads `allow_networks`.
    ///
    /// # Errors
    /// [`NotANetwork`] names the first entry that is none.
    pub fn from_networks<T: AsRef<str>>(names: &[T]) -> Result<Self, NotANetwork> {
        let mut policy = Self::public_only();
        for name in names {
            let name = name.as_ref();
            if name == "any-private" {
                policy.any_private = true;
                continue;
            }
            let network = name
                .parse::<IpNet>()
                .or_else(|_| name.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| NotANetwork(name.to_owned()))?;
            policy.allow.push(network);
        }
        Ok(policy)
    }

    /// # Errors
    /// [`Denied`] when `address`, or an IPv4 address hidden in it, may not be dialled.
    pub fn judge(&self, address: IpAddr) -> Result<(), Denied> {
        let denied = |why| Denied { address, why };
        let plain = plain(address);
        if let Some(why) = never(plain) {
            return Err(denied(why));
        }
        if let Some(why) = embedded(plain).and_then(|inner| never(IpAddr::V4(inner))) {
            return Err(denied(why));
        }
        if self.allow.iter().any(|network| network.contains(&plain)) {
            return Ok(());
        }
        if self.any_private && is_private(plain) {
            return Ok(());
        }
        match special(plain) {
            Some(why) => Err(denied(why)),
            None => Ok(()),
        }
    }

    /// Judges the host of `url` when it is a literal; a name is judged when it is resolved.
    ///
    /// # Errors
    /// [`Denied`] as [`Policy::judge`].
    pub fn judge_literal(&self, url: &url::Url) -> Result<(), Denied> {
        match url.host() {
            Some(url::Host::Ipv4(address)) => self.judge(IpAddr::V4(address)),
            Some(url::Host::Ipv6(address)) => self.judge(IpAddr::V6(address)),
            Some(url::Host::Domain(_)) | None => Ok(()),
        }
    }
}

/// The IPv4 address that the network would reach by `address`, where the mapping is the kernel's or the
/// well-known NAT64 prefix (RFC 6052): judged as what it is.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    if let Some(four) = six.to_ipv4_mapped() {
        return IpAddr::V4(four);
    }
    if NAT64.contains(&six) {
        return IpAddr::V4(low_four(six));
    }
    address
}

/// An IPv4 address carried inside an IPv6 one by an older mechanism: compatible, 6to4, Teredo, ISATAP.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(six) = address else {
        return None;
    };
    if six == Ipv6Addr::LOCALHOST {
        return None;
    }
    match six.segments() {
        [0, 0, 0, 0, 0, 0, ..] | [.., 0 | 0x0200, 0x5efe, _, _] => Some(low_four(six)),
        [0x2002, high, low, ..] => Some(four_of(high, low)),
        [0x2001, 0, ..] => Some(Ipv4Addr::from(!u32::from(low_four(six)))),
        _ => None,
    }
}

fn low_four(six: Ipv6Addr) -> Ipv4Addr {
    let [.., high, low] = six.segments();
    four_of(high, low)
}

fn four_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// Refused whatever the operator allows.
fn never(address: IpAddr) -> Option<&'static str> {
    let hit = match address {
        IpAddr::V4(four) => NEVER_V4
            .iter()
            .find(|(net, _)| net.contains(&four))
            .map(|hit| hit.1),
        IpAddr::V6(six) => NEVER_V6
            .iter()
            .find(|(net, _)| net.contains(&six))
            .map(|hit| hit.1),
    };
    // `::1` lies in the compatible range and is loopback, which may be allowed.
    hit.filter(|_| address != IpAddr::V6(Ipv6Addr::LOCALHOST))
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => PRIVATE_V4.iter().any(|net| net.contains(&four)),
        IpAddr::V6(six) => six == Ipv6Addr::LOCALHOST || UNIQUE_LOCAL.contains(&six),
    }
}

/// Not the public internet.
fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(four) => {
            let private = PRIVATE_V4.iter().any(|net| net.contains(&four));
            let reserved = RESERVED_V4.iter().any(|net| net.contains(&four));
            (private || reserved).then_some("not a public address")
        }
        IpAddr::V6(six) => {
            let public = GLOBAL.contains(&six) && !RESERVED_V6.iter().any(|net| net.contains(&six));
            (!public || embedded(address).is_some()).then_some("not a public address")
        }
    }
}

const fn v4(address: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(head: [u16; 3], last: u16, prefix: u8) -> Ipv6Net {
    let [a, b, c] = head;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, last), prefix)
}

const METADATA: &str = "a metadata service";
const LINK_LOCAL: &str = "a link-local address";
const NO_HOST: &str = "not the address of a host";

const NEVER_V4: [(Ipv4Net, &str); 7] = [
    (v4([169, 254, 0, 0], 16), LINK_LOCAL),
    (v4([168, 63, 129, 16], 32), METADATA),   // Azure
    (v4([100, 100, 100, 200], 32), METADATA), // Alibaba Cloud
    (v4([192, 0, 0, 192], 32), METADATA),     // Oracle Cloud
    (v4([0, 0, 0, 0], 8), NO_HOST),
    (v4([224, 0, 0, 0], 4), NO_HOST),
    (v4([255, 255, 255, 255], 32), NO_HOST),
];

const NEVER_V6: [(Ipv6Net, &str); 6] = [
    (v6([0xfe80, 0, 0], 0, 10), LINK_LOCAL),
    (v6([0xfd00, 0x0ec2, 0], 0x0254, 128), METADATA), // AWS
    (v6([0xfd20, 0x00ce, 0], 0x0254, 128), METADATA), // Google Cloud
    (v6([0xff00, 0, 0], 0, 8), NO_HOST),
    (v6([0xfec0, 0, 0], 0, 10), LINK_LOCAL), // site-local, deprecated
    (v6([0, 0, 0], 0, 96), NO_HOST),         // unspecified and IPv4-compatible
];

const PRIVATE_V4: [Ipv4Net; 5] = [
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
];

/// IANA special-purpose registry, and class E.
const RESERVED_V4: [Ipv4Net; 7] = [
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([240, 0, 0, 0], 4),
];

const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0], 0, 96);
const UNIQUE_LOCAL: Ipv6Net = v6([0xfc00, 0, 0], 0, 7);
const GLOBAL: Ipv6Net = v6([0x2000, 0, 0], 0, 3);

/// Inside `2000::/3` and yet nobody's host: Teredo and ORCHID, documentation, 6to4.
const RESERVED_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0], 0, 23),
    v6([0x2001, 0x0db8, 0], 0, 32),
    v6([0x2002, 0, 0], 0, 16),
    v6([0x3fff, 0, 0], 0, 20),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(policy: &Policy, address: &str) -> bool {
        policy.judge(address.parse().unwrap()).is_ok()
    }

    #[test]
    fn the_public_internet_may_be_dialled() {
        let policy = Policy::public_only();
        for address in [
            "1.1.1.1",
            "93.184.216.34",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(allows(&policy, address), "{address}");
        }
    }

    #[test]
    fn private_addresses_need_permission() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "100.64.0.1",
            "::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ];
        for address in private {
            assert!(!allows(&Policy::public_only(), address), "{address}");
            assert!(allows(&Policy::with_any_private(), address), "{address}");
        }
    }

    #[test]
    fn metadata_and_link_local_are_never_dialled() {
        let everything = Policy::from_networks(&["0.0.0.0/0", "::/0", "any-private"]).unwrap();
        for address in [
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fe80::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "ff02::1",
            "224.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::",
            "::7f00:1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "::169.254.169.254",
            "2001:0:1:2:3:4:5601:5601",
            "2600::5efe:169.254.169.254",
            "fec0::1",
        ] {
            assert!(!allows(&everything, address), "{address}");
        }
    }

    #[test]
    fn a_listed_network_may_be_dialled_and_its_neighbour_not() {
        let policy = Policy::from_networks(&["127.0.0.0/8", "198.51.100.7"]).unwrap();

        assert!(allows(&policy, "127.9.9.9"));
        assert!(allows(&policy, "198.51.100.7"));
        assert!(!allows(&policy, "198.51.100.8"));
        assert!(!allows(&policy, "10.0.0.1"));
        assert!(!allows(&policy, "::1"));
    }

    #[test]
    fn an_entry_that_is_no_network_is_named() {
        let error = Policy::from_networks(&["10.0.0.0/8", "private"]).unwrap_err();
        assert_eq!(error, NotANetwork("private".to_owned()));
    }
}
