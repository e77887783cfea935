# Vault agent on the server of the integration: vault agent -config=/etc/vault-agent.d/integration.hcl
# Its own way in is an AppRole whose secret id is delivered once, wrapped, and removed after reading.
vault {
  address = "https://vault.example.internal:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path                   = "/etc/vault-agent.d/role-id"
      secret_id_file_path                 = "/etc/vault-agent.d/secret-id"
      remove_secret_id_file_after_reading = true
    }
  }
}

template {
  destination = "/etc/integrations/integration.secrets.toml"
  user        = "root"
  group       = "integration"
  perms       = "0640"
  # toJSON writes a TOML string with quotes and escapes.
  contents    = <<-EOT
    {{ with secret "secret/data/integration" -}}
    dbPassword = {{ .Data.data.dbPassword | toJSON }}
    {{ end -}}
  EOT

  exec {
    command = ["systemctl", "try-restart", "integration.service"]
  }
}
