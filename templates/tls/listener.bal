// A listener made in code, with the same TLS. {{guideline}}, {{profile}}.
import ballerina/http;

configurable int httpsPort = 9443;
configurable string keystorePath = ?;
configurable string keystorePassword = ?;

listener http:Listener secured = new (httpsPort, {
    secureSocket: {
        key: {path: keystorePath, password: keystorePassword},
        protocol: {name: http:TLS, versions: [{{versions}}]},
        ciphers: [
{{ciphers}}
        ]
    }
});
