"""tools/check_floors.py must see what it is there to see."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "check_floors.py"


def run_over(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True)


class CheckFloors(unittest.TestCase):
    def refused(self, name, line):
        done = run_over({name: "#pragma once\n" + line + "\n"})
        self.assertEqual(done.returncode, 1, line)
        self.assertTrue(done.stdout.startswith(name + ":2: " + line + ": "), done.stdout)

    def taken(self, name, line):
        done = run_over({name: line + "\n"})
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_an_include_upwards_is_refused(self):
        self.refused("core/base/a.h", '#include "core/http/url.h"')
        self.refused("core/http/a.cpp", '#include "core/net/loop.h"')
        self.refused("core/gateway/a.cpp", '#include "core/admin/admin.h"')

    def test_an_include_downwards_passes(self):
        self.taken("core/gateway/a.cpp", '#include "core/route/route.h"')
        self.taken("core/route/a.cpp", '#include "core/route/table.h"')

    def test_a_library_has_one_home(self):
        self.refused("core/server/a.cpp", "#include <uv.h>")
        self.refused("core/http/a.cpp", "#include <openssl/ssl.h>")
        self.refused("core/config/yaml.cpp", "#include <valijson/schema.hpp>")
        self.taken("core/net/a.cpp", "#include <uv.h>")

    def test_a_plugin_sees_the_sdk_only(self):
        self.refused("plugins/x/a.cpp", '#include "core/base/result.h"')
        self.refused("plugins/x/a.cpp", '#include "plugins/y/a.h"')
        self.taken("plugins/x/a.cpp", "#include <aiproxy/abi.h>")

    def test_the_sdk_sees_nothing_of_the_core(self):
        self.refused("sdk/cpp/a.cpp", '#include "core/base/bytes.h"')

    def test_a_new_folder_must_be_entered(self):
        self.refused("core/extra/a.cpp", '#include "core/base/bytes.h"')


if __name__ == "__main__":
    unittest.main()
