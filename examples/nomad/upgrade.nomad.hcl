variable "version" {
  type = string
}

job "shop-upgrade" {
  type = "batch"

  # Nomad does not run an unchanged batch job again. A new value lets you retry a failed upgrade.
  meta {
    run = "${uuidv4()}"
  }

  group "upgrade" {
    # No automatic retry. You decide, from the exit code.
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
