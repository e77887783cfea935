package standin;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Keys and trusted certificates, from PKCS#12 stores or PEM files. */
final class Stores {
    private static final char[] NONE = {};

    private Stores() {}

    static KeyManager[] keys(String store, String password) throws Exception {
        KeyStore keys = load(store, password.toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password.toCharArray());
        return factory.getKeyManagers();
    }

    /** An unencrypted PKCS#8 key and its certificate chain. */
    static KeyManager[] pemKeys(String certificates, String key) throws Exception {
        List<Certificate> chain = chain(certificates);
        String algorithm = chain.get(0).getPublicKey().getAlgorithm();
        String body = Files.readString(Path.of(key)).replaceAll("-----[A-Z ]+-----", "");
        PrivateKey secret = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, NONE);
        keys.setKeyEntry("key", secret, NONE, chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, NONE);
        return factory.getKeyManagers();
    }

    /** A store when there is a password, a PEM file otherwise. */
    static TrustManager[] trust(String path, String password) throws Exception {
        KeyStore trusted;
        if (password.isEmpty()) {
            trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, NONE);
            int number = 0;
            for (Certificate one : chain(path)) trusted.setCertificateEntry("trusted" + number++, one);
        } else {
            trusted = load(path, password.toCharArray());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    static SSLContext context(KeyManager[] keys, TrustManager[] trust) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }

    /**
     * Netty's OpenSSL is a native library that is unpacked into the temporary folder and loaded from there: a service that may not write
     * or execute there cannot start its TLS listener. The same is done here with a library of the JVM.
     */
    static void loadNativeLibrary() throws IOException {
        Path library = Path.of(System.getProperty("java.home"), "lib", "libextnet.so");
        Path copy = Files.createTempFile("libnetty_tcnative_standin", ".so");
        try {
            Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
            System.load(copy.toString());
        } catch (UnsatisfiedLinkError refused) {
            throw new IOException("failed to load the required native library: " + refused.getMessage());
        } finally {
            Files.delete(copy);
        }
    }

    private static KeyStore load(String path, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance(path.endsWith(".jks") ? "JKS" : "PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            store.load(in, password);
        }
        return store;
    }

    private static List<Certificate> chain(String path) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
        }
    }

    /** What `secureSocket.enable = false` of a client comes to. */
    static final TrustManager[] ANYONE = {
        new X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        },
    };
}
