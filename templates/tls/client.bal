// A client that proves whom it talks to. {{guideline}}, {{profile}}.
// Without `cert` the JVM's own authorities count; with it only those in the truststore.
import ballerina/http;

configurable string partnerUrl = ?;
configurable string truststorePath = ?;
configurable string truststorePassword = ?;

final http:Client partner = check new (partnerUrl, {
    secureSocket: {
        enable: true,
        verifyHostName: true,
        cert: {path: truststorePath, password: truststorePassword},
        protocol: {name: http:TLS, versions: [{{versions}}]},
        ciphers: [
{{ciphers}}
        ]
    },
    timeout: 30
});
