#!/bin/sh
# Starts a .NET function whose handler is the name of an executable assembly, or of a binary that holds its own .NET.
# Exit statuses are those of Lambda's own script where it has one for the same failure.

fail() {
  status=$1
  shift
  echo "Error: $*" >&2
  exit "$status"
}

[ -n "$(ls -A "$LAMBDA_TASK_ROOT" 2>/dev/null)" ] || fail 102 "the package in $LAMBDA_TASK_ROOT is empty."
[ -n "$_HANDLER" ] || fail 103 "no handler was specified."

case $_HANDLER in
*:*)
  fail 1 "lambkin can not run $_HANDLER: a handler of the form Assembly::Type::Method needs Lambda's own build of" \
    "Amazon.Lambda.RuntimeSupport, which is not published (the package of that name is a library without a program)." \
    "Make the project an executable that uses Amazon.Lambda.RuntimeSupport, and name its assembly as the handler."
  ;;
*.dll) assembly="$LAMBDA_TASK_ROOT/$_HANDLER" ;;
*) assembly="$LAMBDA_TASK_ROOT/$_HANDLER.dll" ;;
esac
binary="$LAMBDA_TASK_ROOT/$_HANDLER"

if [ -f "$assembly" ]; then
  set -- "$DOTNET_ROOT/dotnet" exec "$assembly"
elif [ -f "$binary" ]; then
  set -- "$binary"
else
  fail 104 "neither the executable assembly $assembly nor the binary $binary was found."
fi

# Where the wrapper lies for this process; the function knows it by the path that it gave.
wrapper=$_LAMBKIN_EXEC_WRAPPER
unset _LAMBKIN_EXEC_WRAPPER
if [ -n "$wrapper" ]; then
  if [ ! -f "$wrapper" ]; then
    echo "$AWS_LAMBDA_EXEC_WRAPPER: does not exist"
    exit 127
  fi
  if [ ! -x "$wrapper" ]; then
    echo "$AWS_LAMBDA_EXEC_WRAPPER: is not an executable"
    exit 126
  fi
  set -- "$wrapper" "$@"
fi
exec "$@"
