variable "version" {
  type = string
}

job "shop-upgrade" {
  type = "batch"

  # Without it, a batch job that has not changed is not run again: an upgrade that failed could not be retried.
  meta {
    run = "${uuidv4()}"
  }

  group "upgrade" {
    # The exit code says whether to try again. Whoever deploys decides.
    restart {
      attempts = 0
      mode     = "fail"
    }
    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "upgrade" {
      driver       = "docker"
      kill_timeout = "30s"

      config {
        image = "images.example.com/shop:${var.version}"
        args  = ["--upgrade"]
      }

      env {
        DATABASE_URL_FILE          = "/secrets/database-url"
        SEAWORTHY_UPGRADE_URL_FILE = "/secrets/upgrade-database-url"
      }

      template {
        destination = "secrets/database-url"
        data        = "{{ with nomadVar \"nomad/jobs/shop-upgrade\" }}{{ .database_url }}{{ end }}"
      }
      template {
        destination = "secrets/upgrade-database-url"
        data        = "{{ with nomadVar \"nomad/jobs/shop-upgrade\" }}{{ .upgrade_database_url }}{{ end }}"
      }
    }
  }
}
