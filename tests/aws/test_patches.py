"""What is changed in other libraries: only while an account is active, and told if it cannot be."""

import functools
import importlib
import json
import operator
import pickle
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import boto3
import botocore.endpoint
import botocore.loaders
import pytest
from botocore.loaders import JSONFileLoader

from pytest_sagemaker_ie import OperationNotAnswered, mock_inference_experiments
from pytest_sagemaker_ie.aws import install, processes, sessions
from pytest_sagemaker_ie.aws.patches import TABLE, Patch
from pytest_sagemaker_ie.aws.sessions import service_model

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}
CLIENT = boto3.client("sagemaker", "us-east-1", **KEYS)


def module_of(patch: Patch) -> str:
    return patch.module.replace("*", "multiprocessing")


def place_of(patch: Patch) -> tuple[Any, str]:
    """What has the attribute, and its name."""
    outer, _, name = patch.attribute.rpartition(".")
    module = pytest.importorskip(module_of(patch))
    return (operator.attrgetter(outer)(module) if outer else module), name


def in_place() -> dict[str, Any]:
    """What stands at each place of the table that is loaded."""
    found = {}
    for patch in TABLE:
        if module_of(patch) in sys.modules:
            found[f"{module_of(patch)}.{patch.attribute}"] = getattr(*place_of(patch))
    return found


BEFORE = in_place()


def hooks() -> list[object]:
    return [finder for finder in sys.meta_path if type(finder).__module__.startswith("pytest_sagemaker_ie")]


@pytest.fixture(params=TABLE, ids=lambda patch: f"{module_of(patch)}.{patch.attribute}")
def row(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Patch:
    patch: Patch = request.param
    place_of(patch)
    service_model()  # read with what the row is about, which another test may have done already
    monkeypatch.setattr(install, "_warned", set())
    return patch


class TestANameThatIsGone:
    def test_it_is_told_when_an_account_is_entered(self, row: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(*place_of(row))
        package = "Python" if row.module.startswith("*") else row.module.partition(".")[0]
        told = rf"^pytest-sagemaker-ie does not fit {package} \d.*, which has no {module_of(row)}\.{row.attribute};"
        told = rf"{told} the patch there {row.why}\. Upgrade pytest-sagemaker-ie, or pin {package} below \d"
        if row.required:
            with pytest.raises(install.UnsupportedVersionError, match=told), mock_inference_experiments():
                pass
        else:
            with pytest.warns(RuntimeWarning, match=told), mock_inference_experiments():
                pass
            with mock_inference_experiments(region="us-east-1") as backend:  # and not again: warnings are errors here
                backend.seed("churn")
                if row.steps != "answering.validate":  # botocore's clients themselves need that name
                    assert CLIENT.describe_inference_experiment(Name="churn")["Status"] == "Created"
        monkeypatch.undo()
        assert (in_place().items() >= BEFORE.items(), hooks()) == (True, [])

    def test_it_breaks_no_other_services_client(self, row: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
        if row.attribute in ("Endpoint._send", "Endpoint._send_request", "Session.create_client"):
            monkeypatch.setattr(*place_of(row), getattr(*place_of(row)))  # it is botocore that needs it
        assert boto3.client("sts", "us-east-1", **KEYS).meta.region_name == "us-east-1"

    def test_a_test_that_needs_an_account_is_told(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import boto3
            import pytest

            @pytest.fixture
            def gone(monkeypatch):
                import botocore.endpoint
                monkeypatch.delattr(botocore.endpoint.Endpoint, "_send")

            def test_it(gone, sagemaker_ie):
                pass

            @pytest.mark.sagemaker_ie("churn")
            def test_that_comes_next():
                client = boto3.client("sagemaker", "us-east-1")
                assert client.describe_inference_experiment(Name="churn")["Name"] == "churn"
            """
        )
        result = pytester.runpytest_inprocess()
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["*UnsupportedVersionError*botocore.endpoint.Endpoint._send; *Upgrade*"])


class TestWhen:
    def test_nothing_is_changed_before_and_after(self) -> None:
        assert (in_place().items() >= BEFORE.items(), hooks()) == (True, [])
        with mock_inference_experiments():
            changed = {place for place, now in in_place().items() if now is not BEFORE.get(place)}
            assert (changed, len(hooks())) == (set(in_place()), 1)
        assert (in_place().items() >= BEFORE.items(), hooks()) == (True, [])

    def test_it_ends_with_the_last_account_in_whatever_order_they_are_left(self) -> None:
        first, second = mock_inference_experiments(), mock_inference_experiments()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(first.start).result(30)
            second.start().seed("churn", region="us-east-1")
            pool.submit(first.stop).result(30)
            assert CLIENT.describe_inference_experiment(Name="churn")["Name"] == "churn"
            second.stop()
        assert in_place().items() >= BEFORE.items()

    def test_many_threads_that_enter_and_leave(self) -> None:
        together = threading.Barrier(8)

        def enter(number: int) -> None:
            together.wait(30)
            for _ in range(30):
                with mock_inference_experiments(region="us-east-1") as backend:
                    backend.seed(f"churn-{number}")
                    assert CLIENT.describe_inference_experiment(Name=f"churn-{number}")["Status"] == "Created"

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(enter, range(8)))
        assert (in_place().items() >= BEFORE.items(), hooks()) == (True, [])

    def test_an_interruption_while_rows_are_applied_is_made_good_by_the_next_account(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(install, "_apply", mock.Mock(side_effect=KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt), mock_inference_experiments():
                pass
        with mock_inference_experiments(region="us-east-1") as backend:
            backend.seed("churn")
            assert CLIENT.describe_inference_experiment(Name="churn")["Name"] == "churn"
        assert (in_place().items() >= BEFORE.items(), hooks()) == (True, [])


class TestWhatOthersPutThere:
    def test_the_next_test_meets_the_real_thing_in_whatever_order_it_is_put_back(
        self, pytester: pytest.Pytester
    ) -> None:
        pytester.makepyfile(
            """
            import botocore.endpoint, botocore.session
            import pytest

            REAL = botocore.endpoint.Endpoint._send, botocore.session.Session.create_client

            def test_1(monkeypatch, sagemaker_ie_backend):
                monkeypatch.setattr(botocore.endpoint.Endpoint, "_send", lambda *_: None)
                monkeypatch.setattr("botocore.session.Session.create_client", lambda *_: None)

            def test_2(sagemaker_ie_backend, monkeypatch):
                monkeypatch.setattr(botocore.endpoint.Endpoint, "_send", lambda *_: None)

            @pytest.mark.parametrize("number", [1, 2])
            def test_3(number):
                assert REAL == (botocore.endpoint.Endpoint._send, botocore.session.Session.create_client)
            """
        )
        pytester.runpytest_inprocess("-k", "test_1 or test_3").assert_outcomes(passed=3)
        pytester.runpytest_inprocess("-k", "test_2 or test_3").assert_outcomes(passed=3)

    def test_what_a_test_restores_after_the_account_is_what_was_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        entered = mock_inference_experiments(region="us-east-1")
        entered.start()
        replaced = mock.patch.object(botocore.endpoint.Endpoint, "_send")
        replaced.start()
        entered.stop()
        replaced.stop()  # puts back the patch, which passes everything on
        sent = mock.Mock(return_value="sent")
        endpoint = botocore.endpoint.Endpoint("https://example.com", "sagemaker", mock.Mock(), http_session=mock.Mock())
        endpoint.http_session.send = sent
        assert endpoint._send(mock.Mock(headers={"X-Amz-Target": "SageMaker.ListModels"})) == "sent"
        with entered as backend:
            backend.seed("churn")
            assert CLIENT.describe_inference_experiment(Name="churn")["Name"] == "churn"
        assert in_place().items() >= BEFORE.items()

    def test_what_was_replaced_before_the_account_and_is_put_back_in_it_is_patched_for_the_next(self) -> None:
        replaced = mock.patch.object(botocore.endpoint.Endpoint, "_send_request", mock.Mock())
        replaced.start()
        with mock_inference_experiments():
            replaced.stop()
        for _ in range(2):
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn")
                assert CLIENT.describe_inference_experiment(Name="churn")["Name"] == "churn"
        assert in_place().items() >= BEFORE.items()

    def test_what_is_put_back_in_the_next_account_stays_patched_in_one_inside(self) -> None:
        replaced = mock.patch.object(botocore.endpoint.Endpoint, "_send_request", mock.Mock())
        with mock_inference_experiments():
            replaced.start()
        with mock_inference_experiments():
            replaced.stop()
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn")
                assert CLIENT.describe_inference_experiment(Name="churn")["Name"] == "churn"
        assert in_place().items() >= BEFORE.items()

    def test_a_wrapper_that_stays_is_kept_and_nothing_happens_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real, calls = botocore.endpoint.Endpoint._send_request, []
        with mock_inference_experiments(region="us-east-1"):
            patched = botocore.endpoint.Endpoint._send_request

            @functools.wraps(patched)
            def traced(*args: Any) -> Any:
                calls.append(args)
                return patched(*args)

            botocore.endpoint.Endpoint._send_request = traced
        try:
            assert botocore.endpoint.Endpoint._send_request is traced
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn")
                backend.fail("DescribeInferenceExperiment", "ThrottlingException", times=2)
                CLIENT.describe_inference_experiment(Name="churn")
                assert (len(calls), len(backend.calls)) == (1, 3)
            assert botocore.endpoint.Endpoint._send_request is traced
        finally:
            botocore.endpoint.Endpoint._send_request = real

    def test_a_call_of_another_service_raises_what_it_raised(self, sagemaker_ie: Any) -> None:
        sts = boto3.client("sts", "us-east-1", **KEYS)
        sts._endpoint.http_session = mock.Mock(send=mock.Mock(side_effect=ZeroDivisionError))
        with pytest.raises(ZeroDivisionError):
            sts.get_caller_identity()

    def test_a_reload_inside_an_account_is_patched_too(self, run_python: Any) -> None:
        result = run_python(
            """
            import importlib
            import boto3
            import botocore.endpoint, botocore.session
            from pytest_sagemaker_ie import mock_inference_experiments

            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn")
                for module in (botocore.endpoint, botocore.session):
                    importlib.reload(module)
                    print(hasattr(importlib.import_module(module.__name__), "__loader__"))
                client = botocore.session.get_session().create_client("sagemaker")
                print(client.describe_inference_experiment(Name="churn")["Status"], client.meta.region_name)
            print(hasattr(botocore.endpoint.first_non_none_response, "__wrapped__"))
            """
        )
        assert (result.stderr, result.stdout.split()) == ("", ["True", "True", "Created", "us-east-1", "False"])

    def test_a_module_that_is_missing_is_the_ordinary_error(self) -> None:
        with mock_inference_experiments(), pytest.raises(ModuleNotFoundError, match=r"No module named 'nowhere'"):
            importlib.import_module("nowhere.spawn")
        with mock_inference_experiments(), pytest.raises(ModuleNotFoundError, match=r"'json\.spawn'"):
            importlib.import_module("json.spawn")


NESTED = """
    import boto3
    import pytest

    @pytest.mark.sagemaker_ie("churn", status="Running")
    def test_it(sagemaker_ie):
        for client in (sagemaker_ie, boto3.client("sagemaker")):
            assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
"""


@pytest.mark.slow
def test_a_nested_run_that_imports_boto3_first_leaves_the_outer_one_whole(
    pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]
) -> None:
    pytester.path.joinpath("nested.txt").write_text(textwrap.dedent(NESTED))
    pytester.makepyfile(
        """
        import pathlib
        import sys

        pytest_plugins = ["pytester"]
        NESTED = pathlib.Path("nested.txt").read_text()

        def test_a_nested_run(pytester):
            pytester.makepyfile(NESTED)
            assert "boto3" not in sys.modules
            pytester.runpytest_inprocess("-p", "pytest_sagemaker_ie.plugin").assert_outcomes(passed=1)

        def test_the_outer_run(request):
            import boto3
            client = request.getfixturevalue("sagemaker_ie")
            request.getfixturevalue("sagemaker_ie_backend").seed("churn", "Running")
            for each in (client, boto3.client("sagemaker"), boto3.Session(region_name="us-east-1").client("sagemaker")):
                assert each.describe_inference_experiment(Name="churn")["Status"] == "Running"
        """
    )
    run_alone().assert_outcomes(passed=2)


UNUSED = """
    import json
    import os
    import sys

    import boto3
    import botocore.endpoint, botocore.session, botocore.credentials, botocore.loaders, botocore.retries.bucket
    import multiprocessing.spawn
    import pytest

    def library(name):
        try:
            return __import__(name, fromlist=["x"])
        except ImportError:
            return None

    MODULES = [botocore.endpoint, botocore.session, botocore.credentials, botocore.loaders, botocore.retries.bucket,
               botocore.client, botocore.handlers, multiprocessing.spawn, library("aiobotocore.endpoint"),
               library("aiobotocore.session"), library("moto.core.botocore_stubber"), library("moto.core.models")]
    OURS = "pytest_sagemaker_ie"

    def names_of_code(value):
        code = getattr(value, "__code__", None)
        return (code.co_filename, code.co_name) if hasattr(code, "co_name") else None

    def seen():
        shown = {"environment": {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHONPATH"))}}
        for module in filter(None, MODULES):
            for name, value in vars(module).items():
                shown[f"{module.__name__}.{name}"] = names_of_code(value)
                if isinstance(value, type):
                    for inner, method in vars(value).items():
                        shown[f"{module.__name__}.{name}.{inner}"] = names_of_code(method)
        shown["handlers"] = [repr(each[:2]).split(" at ")[0] for each in botocore.handlers.BUILTIN_HANDLERS]
        shown["hooks"] = [type(each).__module__ for each in sys.meta_path if OURS in type(each).__module__]
        for service in ("sagemaker", "dynamodb"):
            try:
                shown[service] = boto3.client(service).meta.region_name
            except Exception as error:
                shown[service] = repr(error)
            client = boto3.client(service, "us-east-1")
            shown[service, "credentials"] = type(client._request_signer._credentials).__name__
        return {str(key): value for key, value in shown.items()}

    IMPORTED = seen()

    @pytest.mark.skipif("AWS_DEFAULT_REGION" not in os.environ, reason="no AWS here")
    def test_against_aws():
        pytest.fail("it ran")

    @pytest.fixture(scope="session")
    def shared():
        return seen()

    def test_it(shared):
        json.dump([IMPORTED, shared, seen()], open("seen.json", "w"))
"""


@pytest.mark.parametrize("libraries", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_run_that_uses_nothing_of_the_plugin_is_as_without_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, libraries: str
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:cacheprovider")
    pytester.makepyfile(test_it=UNUSED, early="import boto3\nSESSION = boto3.Session()\n")
    early = ["-p", "early"] if libraries == "before" else []
    monkeypatch.syspath_prepend(pytester.path)
    monkeypatch.setenv("PYTHONPATH", f"{pytester.path}:{Path(install.__file__).parents[2]}")
    seen = []
    for plugin in ([], ["-p", "pytest_sagemaker_ie.plugin"]):
        result = pytester.runpytest_subprocess(*early, *plugin)
        result.assert_outcomes(passed=1, skipped=1)
        seen.append(json.loads((pytester.path / "seen.json").read_text()))
    assert seen[0] == seen[1]


class TestChildren:
    def test_what_copies_multiprocessing_is_reached_and_needs_the_package_on_no_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the child unpickles is a built-in function's call, which finds the package where the parent has it."""
        for name in ("copied_before", "copied_inside"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "__init__.py").touch()
            (tmp_path / name / "spawn.py").write_text("def get_preparation_data(name):\n    return {'name': name}\n")
        monkeypatch.syspath_prepend(tmp_path)
        before = importlib.import_module("copied_before.spawn")
        with mock_inference_experiments():
            inside = importlib.import_module("copied_inside.spawn")
            (tmp_path / "data").write_bytes(pickle.dumps([each.get_preparation_data("x") for each in (before, inside)]))
        assert before.get_preparation_data("x") == inside.get_preparation_data("x") == {"name": "x"}
        child = (
            "import pickle, sys; before = sys.path[:]; data = pickle.load(open('data', 'rb'))\n"
            "from_parent = sys.modules['pytest_sagemaker_ie.activation']\n"
            "print(from_parent.is_active(), [sorted(each) for each in data])\n"
            "print(sys.path == before, 'boto3' in sys.modules)"
        )
        command = [sys.executable, "-S", "-E", "-c", child]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        told = "True [['name', 'sagemaker_ie'], ['name', 'sagemaker_ie']]\nTrue False\n"
        assert (result.stderr, result.stdout) == ("", told)

    @pytest.mark.parametrize("library", ["multiprocess", "joblib"])
    def test_those_of_other_libraries_are_told(self, library: str, run_python: Any) -> None:
        pytest.importorskip(library)
        start = {
            "multiprocess": "multiprocess.get_context('spawn').Pool(1).apply(attempt)",
            "joblib": "joblib.Parallel(2)(joblib.delayed(attempt)() for _ in range(2))[0]",
        }[library]
        result = run_python(
            f"""
            import {library}

            def attempt():
                import boto3
                client = boto3.client("sagemaker", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
                try:
                    client.list_inference_experiments()
                except NotImplementedError as error:
                    return str(error)

            if __name__ == "__main__":
                from pytest_sagemaker_ie import mock_inference_experiments
                with mock_inference_experiments():
                    print({start})
            """
        )
        assert result.stdout.startswith("This call was made in a child process"), result.stderr

    def test_a_spawned_child_begins_as_its_parent_says(self, run_python: Any) -> None:
        result = run_python(
            """
            from pytest_sagemaker_ie import activation
            from pytest_sagemaker_ie.aws import install
            activation.begin_as_child(1, active=False, guarded=True)
            install.sync()
            import boto3
            keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
            try:
                boto3.client("sagemaker", **keys).list_models()
            except NotImplementedError as error:
                print(error)
            """
        )
        assert result.stderr == ""
        assert result.stdout.startswith("ListModels was called where no account is active, and nothing was sent to AWS")


def of_modules(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.slow
def test_sessions_share_what_was_read_but_not_from_a_data_path_of_their_own(run_python: Any, tmp_path: Path) -> None:
    result = run_python(
        """
        import json, os
        import boto3
        from botocore.loaders import JSONFileLoader
        from pytest_sagemaker_ie import mock_inference_experiments

        READ = []
        load_file = JSONFileLoader.load_file
        JSONFileLoader.load_file = lambda self, path: READ.append(path) or load_file(self, path)

        def loader():
            session = boto3.Session()
            session.client("sagemaker", "us-east-1")
            return session._session.get_component("data_loader")

        def is_read():
            del READ[:]
            loader()
            return any("sagemaker" in path for path in READ)

        with mock_inference_experiments():
            print(is_read(), is_read())
            with mock_inference_experiments():
                print(is_read())
        print(is_read())
        os.environ["AWS_DATA_PATH"] = os.getcwd()
        with mock_inference_experiments():
            print(is_read(), is_read())
            for answer in ("one", "two"):
                with open("mine.json", "w") as file:
                    json.dump(answer, file)
                print(loader().load_data("mine"))
        """,
        AWS_EC2_METADATA_DISABLED="true",
    )
    assert result.stderr == ""
    assert result.stdout.split() == ["True", "False", "False", "True", "True", "True", "one", "two"]


def client_in(session: boto3.Session) -> Any:
    return session.client("sagemaker", "us-east-1", **KEYS)


def loader_of(session: boto3.Session) -> Any:
    return session._session.get_component("data_loader")


def model_in(session: boto3.Session, **version: Any) -> Any:
    return loader_of(session).load_service_model("sagemaker", "service-2", **version)


def change(model: Any, prefix: str = "mine") -> None:
    model["operations"]["Mine"] = model["operations"]["ListModels"]
    model["metadata"]["endpointPrefix"] = prefix


class ChangingLoader(botocore.loaders.Loader):
    def load_service_model(self, *args: Any, **kwargs: Any) -> Any:
        model = super().load_service_model(*args, **kwargs)
        if "service-2" in args:
            change(model)
        return model


class TestWhatOneSessionChanges:
    @pytest.fixture(autouse=True)
    def others(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
        """Clients of other sessions, which the test makes."""
        load_file = JSONFileLoader.load_file  # that of this suite, which keeps what it has read

        @functools.cache
        def pickled(path: str) -> bytes:
            return pickle.dumps(load_file(JSONFileLoader(), path))

        def load_anew(loader: JSONFileLoader, path: str) -> Any:
            file = Path(f"{path}.json")
            is_mine = file.is_file() and "botocore" not in file.parts
            return json.loads(file.read_text()) if is_mine else pickle.loads(pickled(path))

        monkeypatch.setattr(JSONFileLoader, "load_file", load_anew)
        monkeypatch.setattr(sessions, "_loaded", {})
        others: list[Any] = []
        yield others
        assert others
        for each in others:
            assert "Mine" not in each.meta.service_model.operation_names
            assert each.meta.endpoint_url == "https://api.sagemaker.us-east-1.amazonaws.com"

    @pytest.mark.parametrize("version", [{}, {"api_version": None}])
    def test_in_an_account(self, others: list[Any], version: dict[str, None]) -> None:
        for _ in range(2):
            with mock_inference_experiments():
                session = boto3.Session()
                client_in(session)
                change(model_in(session, **version))
                others.append(client_in(boto3.Session()))
                assert "Mine" not in model_in(boto3.Session(), **version)["operations"]

    def test_before_an_account(self, others: list[Any]) -> None:
        session = boto3.Session()
        change(model_in(session))
        with mock_inference_experiments():
            assert "Mine" in client_in(session).meta.service_model.operation_names
            others.append(client_in(boto3.Session()))

    @pytest.mark.parametrize("patched", ["class", "loader"])
    def test_by_a_patch_of_its_loader(self, others: list[Any], patched: str) -> None:
        session = boto3.Session()
        real = loader_of(session).load_service_model

        def load(*args: Any, **kwargs: Any) -> Any:
            model = real(*args[-2:], **kwargs)
            if "service-2" in args:
                change(model)
            return model

        owner = botocore.loaders.Loader if patched == "class" else loader_of(session)
        with mock_inference_experiments():
            with mock.patch.object(owner, "load_service_model", load):
                assert "Mine" in client_in(session).meta.service_model.operation_names
            others.append(client_in(boto3.Session()))

    def test_by_a_loader_of_its_own(self, others: list[Any]) -> None:
        session = boto3.Session()
        session._session.register_component("data_loader", ChangingLoader())
        with mock_inference_experiments():
            assert "Mine" in client_in(session).meta.service_model.operation_names
            others.append(client_in(boto3.Session()))

    def test_by_a_path_of_its_own(self, others: list[Any], tmp_path: Path) -> None:
        model = pickle.loads(pickle.dumps(model_in(boto3.Session())))
        folder = tmp_path / "sagemaker" / model["metadata"]["apiVersion"]
        folder.mkdir(parents=True)
        with mock_inference_experiments():
            for prefix in ("one", "two"):
                change(model, prefix)
                (folder / "service-2.json").write_text(json.dumps(model))
                session = boto3.Session()
                loader_of(session).search_paths.insert(0, str(tmp_path))
                assert client_in(session).meta.endpoint_url == f"https://{prefix}.us-east-1.amazonaws.com"
            others.append(client_in(boto3.Session()))


def test_clients_of_other_services_read_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_inference_experiments(region="us-east-1"):
        session = boto3.Session()
        for service in ("sagemaker", "sts"):
            session.client(service, "us-east-1", **KEYS)
        loader = (other := boto3.Session())._session.get_component("data_loader")
        files = mock.Mock(wraps=loader.file_loader)
        monkeypatch.setattr(loader, "file_loader", files)
        other.client("sts", "us-east-1", **KEYS)
    read = [call.args[0] for call in files.load_file.call_args_list]
    assert [path for path in read if "sts" in Path(path).parts]


def test_the_table_names_what_is_there() -> None:
    functions = {
        patch.steps: getattr(
            of_modules(f"pytest_sagemaker_ie.aws.{patch.steps.partition('.')[0]}"), patch.steps.partition(".")[2]
        )
        for patch in TABLE
    }
    assert all(map(callable, functions.values()))
    assert functions["processes.prepare"] is processes.prepare


GUARDED = """
    import threading
    from concurrent.futures import ProcessPoolExecutor
    import multiprocessing

    import boto3
    import pytest

    from pytest_sagemaker_ie import OperationNotAnswered

    KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    CLIENT = boto3.client("sagemaker", **KEYS)
    TOLD = r"nothing was sent to AWS: sagemaker_ie_guard is on\\. Mark the test with @pytest\\.mark\\.sagemaker_ie"

    def call():
        try:
            CLIENT.describe_inference_experiment(Name="churn")
        except OperationNotAnswered as error:
            return str(error)

    AT_IMPORT = call()
    POOL = None

    @pytest.fixture(scope="session")
    def pools():
        pools = [ProcessPoolExecutor(1, multiprocessing.get_context(way)) for way in ("fork", "spawn")]
        for each in pools:
            each.submit(int).result(60)
        yield pools
        for each in pools:
            each.shutdown()

    @pytest.fixture(scope="session")
    def shared():
        return call()

    def test_unmarked(pools, shared):
        for told in (AT_IMPORT, shared, call(), *(each.submit(call).result(60) for each in pools)):
            assert told.startswith("DescribeInferenceExperiment was called where no account is active, and nothing")
        with pytest.raises(OperationNotAnswered, match=TOLD):
            CLIENT.list_models()

    @pytest.mark.sagemaker_ie("churn")
    def test_marked(pools):
        assert call() is None
        for each in pools:
            assert each.submit(call).result(60).startswith(("This call was made", "DescribeInferenceExperiment was"))

    def test_without_credentials(monkeypatch):
        with pytest.raises(OperationNotAnswered, match=TOLD):
            boto3.Session(region_name="us-east-1").client("sagemaker").list_models()

    LATER = threading.Event()

    @pytest.mark.sagemaker_ie("churn")
    def test_a_thread_that_outlives_its_test():
        global THREAD, SEEN
        SEEN = []
        THREAD = threading.Thread(target=lambda: (LATER.wait(30), SEEN.append(call())))
        THREAD.start()

    def test_it_is_refused():
        LATER.set()
        THREAD.join()
        assert "sagemaker_ie_guard is on" in SEEN[0]

    def test_what_answers_by_events_goes_first():
        from botocore.stub import Stubber
        client = boto3.client("sagemaker", **KEYS)
        with Stubber(client) as stubber:
            stubber.add_response("list_models", {"Models": []})
            assert client.list_models()["Models"] == []

    def test_moto_goes_first():
        moto = pytest.importorskip("moto")
        with moto.mock_aws():
            assert boto3.client("sagemaker", "us-east-1").list_models()["Models"] == []

    def test_another_service_is_not_touched():
        from botocore.config import Config
        from botocore.exceptions import EndpointConnectionError
        once = Config(retries={"total_max_attempts": 1})
        client = boto3.client("sts", endpoint_url="http://127.0.0.1:9", **KEYS, config=once)
        with pytest.raises(EndpointConnectionError):
            client.get_caller_identity()
"""


class TestTheGuard:
    @pytest.mark.slow
    def test_no_request_leaves_a_guarded_run(
        self, pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]
    ) -> None:
        pytester.makeini("[pytest]\nsagemaker_ie_guard = true\n")
        pytester.makepyfile(GUARDED)
        run_alone().assert_outcomes(passed=8)

    def test_it_ends_with_the_run(self, pytester: pytest.Pytester, network_attempts: list[object]) -> None:
        pytester.makeini("[pytest]\nsagemaker_ie_guard = true\n")
        pytester.makepyfile("def test_it(): pass")
        pytester.runpytest_inprocess().assert_outcomes(passed=1)
        with pytest.raises(Exception, match=r"sagemaker\.us-east-1") as caught:
            CLIENT.list_models()
        assert not isinstance(caught.value, OperationNotAnswered)
        assert in_place().items() >= BEFORE.items()

    def test_it_is_true_or_false(self, pytester: pytest.Pytester) -> None:
        pytester.makeini("[pytest]\nsagemaker_ie_guard = perhaps\n")
        result = pytester.runpytest_inprocess()
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["*sagemaker_ie_guard must be true or false: *"])

    def test_a_forked_child_may_call_this_machine(self, run_python: Callable[..., Any]) -> None:
        """As a child of a run that uses `sagemaker_ie_server` does."""
        result = run_python(
            """
            import boto3, os
            from botocore.config import Config
            from pytest_sagemaker_ie.aws.install import in_run

            keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
            client = boto3.client(
                "sagemaker", endpoint_url="http://127.0.0.1:9", **keys, config=Config(retries={"total_max_attempts": 1})
            )
            with in_run(None, True):
                for number in range(2):
                    if number and os.fork():
                        os.wait()
                        break
                    try:
                        client.list_models()
                    except Exception as error:
                        print(type(error).__name__, flush=True)
                    if number:
                        os._exit(0)
            """
        )
        assert result.stdout.split()[0] == "OperationNotAnswered"
        assert result.stdout.split()[1] != "OperationNotAnswered"
