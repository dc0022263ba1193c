// SPDX-License-Identifier: MIT OR Apache-2.0
//! TLS as iroh endpoints use it: raw Ed25519 public keys on both sides, no server name on the wire. [endpoint.md §2]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use noq::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use noq::rustls::client::{AlwaysResolvesClientRawPublicKeys, ClientSessionMemoryCache, Resumption};
use noq::rustls::crypto::{CryptoProvider, ring::sign::any_eddsa_type, verify_tls13_signature_with_raw_key};
use noq::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use noq::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use noq::rustls::server::{AlwaysResolvesServerRawPublicKeys, ServerSessionMemoryCache, StoresServerSessions};
use noq::rustls::sign::CertifiedKey;
use noq::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};

use crate::pattern::{hex, unhex};

/// DER of a SubjectPublicKeyInfo with an Ed25519 key, up to the key. [RFC 8410 §4]
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// DER of a PKCS #8 private key without the public half, up to the seed. [RFC 8410 §7]
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The name under which the verifier and the ticket store know a server; a label holds at most 63 characters.
pub fn server_name(id: &str) -> String {
    format!("{}.{}.invalid", &id[..32], &id[32..])
}

pub fn id_of_spki(spki: &[u8]) -> String {
    hex(spki.strip_prefix(&SPKI_PREFIX).unwrap_or_default())
}

#[derive(Debug)]
struct Verifier(Arc<CryptoProvider>);

impl Verifier {
    fn verify(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signature, &self.0.signature_verification_algorithms)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let id: String = name.to_str().trim_end_matches(".invalid").split('.').collect();
        let expected = [&SPKI_PREFIX[..], &unhex(&id).unwrap_or_default()].concat();
        if key.as_ref() != expected {
            return Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        }
        Ok(ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".into()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, key, signature)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Verifier {
    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion()) // anyone who proves a key
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".into()))
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, key, signature)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }
    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// Counts the tickets that clients came back with: how the driver learns that a session was resumed.
#[derive(Debug)]
pub struct CountingSessions {
    store: Arc<ServerSessionMemoryCache>,
    resumed: Arc<AtomicU64>,
}

impl StoresServerSessions for CountingSessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.store.put(key, value)
    }
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.store.get(key)
    }
    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let found = self.store.take(key);
        self.resumed.fetch_add(found.is_some().into(), Ordering::Relaxed);
        found
    }
    fn can_cache(&self) -> bool {
        true
    }
}

/// A key and what TLS keeps between connections: tickets, and what it compares by identity before it uses a ticket.
pub struct Identity {
    provider: Arc<CryptoProvider>,
    key: Arc<CertifiedKey>,
    verifier: Arc<Verifier>,
    client_key: Arc<AlwaysResolvesClientRawPublicKeys>,
    tickets: Resumption,
    pub id: String,
    pub resumed: Arc<AtomicU64>,
}

impl Identity {
    pub fn new(seed: &[u8; 32]) -> Result<Self, Error> {
        let provider = Arc::new(noq::rustls::crypto::ring::default_provider());
        let pkcs8 = [&PKCS8_PREFIX[..], seed].concat();
        let signer = any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8))?;
        let spki = signer.public_key().expect("an Ed25519 key has a public half").to_vec();
        let id = id_of_spki(&spki);
        let key = Arc::new(CertifiedKey::new(vec![CertificateDer::from(spki)], signer));
        Ok(Self {
            id,
            client_key: Arc::new(AlwaysResolvesClientRawPublicKeys::new(key.clone())),
            key,
            verifier: Arc::new(Verifier(provider.clone())),
            tickets: Resumption::store(Arc::new(ClientSessionMemoryCache::new(256))),
            provider,
            resumed: Arc::default(),
        })
    }

    pub fn client(&self, alpns: Vec<Vec<u8>>) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&noq::rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier.clone())
            .with_client_cert_resolver(self.client_key.clone());
        config.resumption = self.tickets.clone();
        config.enable_early_data = true;
        config.enable_sni = false;
        config.alpn_protocols = alpns;
        Ok(config)
    }

    /// Each call starts with an empty ticket store.
    pub fn server(&self, alpns: Vec<Vec<u8>>, early_data: bool) -> Result<ServerConfig, Error> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&noq::rustls::version::TLS13])?
            .with_client_cert_verifier(self.verifier.clone())
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(self.key.clone())));
        config.session_storage =
            Arc::new(CountingSessions { store: ServerSessionMemoryCache::new(256), resumed: self.resumed.clone() });
        config.max_early_data_size = if early_data { u32::MAX } else { 0 }; // [RFC 9001 §4.6.1]
        config.alpn_protocols = alpns;
        Ok(config)
    }
}
