// SPDX-License-Identifier: MIT OR Apache-2.0
// The subcommands of `iroh pipe`. Each completes with the exit code, or throws Failure or a system error. [tools.md
// §3.6]
#pragma once

#include "iroh/endpoint/task.hpp"
#include "tools/lib/pipe/options.hpp"

namespace iroh::tools {

Task<int> pipe_generate_ticket();
Task<int> pipe_listen(PipeOptions options);
Task<int> pipe_connect(PipeOptions options);
Task<int> pipe_listen_tcp(PipeOptions options);
Task<int> pipe_connect_tcp(PipeOptions options);
Task<int> pipe_listen_unix(PipeOptions options);
Task<int> pipe_connect_unix(PipeOptions options);

}  // namespace iroh::tools
