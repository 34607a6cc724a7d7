variable "version" {
  type = string
}

job "shop" {
  type = "service"

  update {
    # Start all new instances next to the old ones. Stop the old ones when all new ones are healthy.
    canary       = 3
    max_parallel = 3
    auto_promote = true
    auto_revert  = true
    health_check = "checks"
    # Above the longest migration: until it ends, new instances are unhealthy.
    healthy_deadline  = "55m"
    progress_deadline = "60m"
  }

  group "shop" {
    count = 3

    network {
      port "http" { to = 8080 }
      port "health" { to = 7979 }
    }

    service {
      name     = "shop"
      port     = "http"
      provider = "nomad"

      # No check_restart: an instance that waits for its migration must not be restarted.
      check {
        type     = "http"
        port     = "health"
        path     = "/readyz"
        interval = "5s"
        timeout  = "3s"
      }
    }

    task "shop" {
      driver       = "docker"
      kill_timeout = "30s"

      config {
        image = "images.example.com/shop:${var.version}"
        ports = ["http", "health"]
      }

      env {
        DATABASE_URL_FILE            = "/secrets/database-url"
        SEAWORTHY_APP_READY_HTTP     = "http://127.0.0.1:8080/up"
        SEAWORTHY_HEALTH_LISTEN      = "0.0.0.0:7979"
        SEAWORTHY_HEALTH_DETAILS     = "loopback"
        SEAWORTHY_STOP_DRAIN_SECONDS = "5"
      }

      template {
        destination = "secrets/database-url"
        data        = "{{ with nomadVar \"nomad/jobs/shop\" }}{{ .database_url }}{{ end }}"
      }
    }
  }
}
